/** The pod template that both kinds of workload share: resources, volumes, rights, grace. Pure. */
import type { Container, EnvVar, Json, PodTemplateSpec } from "../../api/core/pod.ts";
import type { WorkloadContext } from "./workload-context.ts";
import { containerEnv } from "./env.ts";
import type { Manifest, PodGroup } from "../model/manifest.ts";
import { nodeSelectorOf, requirementsOf } from "./resources.ts";
import { tensorboardSidecar } from "./tensorboard.ts";
import { mountedVolumes } from "./volumes.ts";

export interface PodInput {
  readonly manifest: Manifest;
  readonly context: WorkloadContext;
  readonly group: PodGroup;
  /** What the kind of workload adds to the container; `name` at least. */
  readonly container: Container;
  /** Variables beyond the platform's. */
  readonly env?: readonly EnvVar[];
  /** With TensorBoard if the manifest wants it: always, or in the pod where the shell test holds. */
  readonly tensorboard?: true | string;
}

function capabilities({ manifest, group }: PodInput): Json | undefined {
  const add = [
    ...(manifest.spec.securityContext?.ptrace ? ["SYS_PTRACE"] : []),
    // Network cards read pinned memory.
    ...(group.resources.rdma ? ["IPC_LOCK"] : []),
  ];
  return add.length > 0 ? { capabilities: { add } } : undefined;
}

export function podTemplate(input: PodInput): PodTemplateSpec {
  const { manifest, context, group, tensorboard } = input;
  const { gracefulTermination } = manifest.spec;
  const volumes = mountedVolumes(manifest, group.resources, context);
  const mounts = volumes.map(({ mount }) => mount);
  const env = containerEnv(manifest, context, input.env);
  const { envFrom } = context;
  const nodeSelector = nodeSelectorOf(group.resources);
  const securityContext = capabilities(input);
  const grace = gracefulTermination?.terminationGracePeriodSeconds;
  const stop = gracefulTermination?.shutdownCommand;
  const { extraTolerations: tolerations } = group.resources;
  const onlyIf = typeof tensorboard === "string" ? tensorboard : undefined;
  const isServing = tensorboard !== undefined && manifest.spec.tensorboard?.enabled;
  return {
    metadata: { labels: context.labels },
    spec: {
      ...(isServing && { initContainers: [tensorboardSidecar(context.image, { env, envFrom, mounts, onlyIf })] }),
      containers: [
        {
          ...input.container,
          image: context.image,
          // So that the pod's status tells why it ended, on any cluster, even when the log is gone.
          terminationMessagePolicy: "FallbackToLogsOnError",
          env,
          ...(envFrom && { envFrom }),
          resources: requirementsOf(group.resources),
          ...(mounts.length > 0 && { volumeMounts: mounts }),
          ...(securityContext && { securityContext }),
          ...(stop?.length && { lifecycle: { preStop: { exec: { command: stop } } } }),
        },
      ],
      ...(grace !== undefined && { terminationGracePeriodSeconds: grace }),
      ...(nodeSelector && { nodeSelector }),
      ...(tolerations?.length && { tolerations }),
      ...(volumes.length > 0 && { volumes: volumes.map(({ volume }) => volume) }),
    },
  };
}
