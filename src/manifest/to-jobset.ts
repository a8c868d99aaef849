/** pytorch, jax, xgboost and jobset manifests as a JobSet that the upstream controller runs, too. Pure. */
import type { EnvVar } from "../api/core/pod.ts";
import type { JobSet, ReplicatedJob } from "../api/jobset/types.ts";
import { commandOf } from "./command.ts";
import { groupsOf, type Manifest, type PodGroup } from "./model.ts";
import {
  type CompileContext,
  type CompiledWorkload,
  deadlineSeconds,
  podTemplate,
  sharedObjects,
} from "./pod-template.ts";

const masterPorts: Readonly<Record<string, string>> = { pytorch: "23456", xgboost: "9999" };
const jaxPort = 1234;
const annotation = (name: string) => `metadata.annotations['jobset.sigs.k8s.io/${name}']`;
const field = (name: string, fieldPath: string): EnvVar => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** Host name of the first pod: what all others connect to. */
const coordinatorHost = ({ name }: CompileContext, group: string) => `${name}-${group}-0-0.${name}`;

/** How a process learns its rank and where the first one is. Nothing here is known to one controller only. */
function rendezvousEnv({ spec }: Manifest, context: CompileContext, group: PodGroup): readonly EnvVar[] {
  const { count = 1 } = group;
  const host = coordinatorHost(context, "worker");
  const rank = annotation("job-global-index");
  if (spec.operator === "jax") {
    return [
      { name: "JAXOPERATOR_COORDINATOR_HOST", value: host },
      { name: "JAXOPERATOR_COORDINATOR_ADDRESS", value: `$(JAXOPERATOR_COORDINATOR_HOST):${jaxPort}` },
      { name: "JAXOPERATOR_NUM_PROCESSES", value: String(count) },
      field("JAXOPERATOR_PROCESS_ID", rank),
    ];
  }
  return [
    { name: "MASTER_ADDR", value: host },
    { name: "MASTER_PORT", value: masterPorts[spec.operator] ?? "" },
    { name: "WORLD_SIZE", value: String(count) },
    field("RANK", rank),
  ];
}

/** Where a pod stands in the array of Jobs. JOB_COMPLETION_INDEX comes from Kubernetes itself. */
function arrayEnv({ name }: CompileContext): readonly EnvVar[] {
  return [
    { name: "JOBSET_NAME", value: name },
    field("JOB_INDEX", annotation("job-index")),
    field("JOB_GLOBAL_INDEX", annotation("job-global-index")),
    field("GLOBAL_REPLICAS", annotation("global-replicas")),
    field("REPLICATED_JOB_NAME", annotation("replicatedjob-name")),
    field("REPLICATED_JOB_REPLICAS", annotation("replicatedjob-replicas")),
  ];
}

/** The manifest's command takes the place of the image's entrypoint, and is read by a shell. */
const shellCommand = (manifest: Manifest): readonly string[] => ["bash", "-c", commandOf(manifest)];

function replicatedJob(manifest: Manifest, context: CompileContext, name: string, group: PodGroup): ReplicatedJob {
  const isArray = manifest.spec.operator === "jobset";
  const { count = 1, completions = 1, parallelisms = 1 } = group;
  const env = isArray ? arrayEnv(context) : rendezvousEnv(manifest, context, group);
  const template = podTemplate({
    manifest,
    group,
    context,
    restartPolicy: "Never",
    container: { name, command: shellCommand(manifest), env },
  });
  const spec = {
    completionMode: "Indexed" as const,
    completions,
    parallelism: parallelisms,
    backoffLimit: 0,
    template,
  };
  return { name, replicas: count, template: { spec } };
}

export function toJobSet(manifest: Manifest, context: CompileContext): CompiledWorkload<JobSet> {
  const deadline = deadlineSeconds(manifest);
  const { backoffLimit = 0 } = manifest.spec.restartPolicy ?? {};
  const groups = groupsOf(manifest).filter(([, group]) => (group.count ?? 1) > 0);
  const [first = ""] = groups.map(([name]) => name);
  const jobs = groups.map(([name, group]) => replicatedJob(manifest, context, name, group));
  const withDeadline = jobs.map((job) =>
    deadline === undefined
      ? job
      : { ...job, template: { spec: { ...job.template.spec, activeDeadlineSeconds: deadline } } },
  );
  const workload: JobSet = {
    apiVersion: "jobset.x-k8s.io/v1alpha2",
    kind: "JobSet",
    metadata: { name: context.name, namespace: context.namespace, labels: context.labels },
    spec: {
      network: { enableDNSHostnames: true, publishNotReadyAddresses: true },
      coordinator: { replicatedJob: first, jobIndex: 0, podIndex: 0 },
      ...(backoffLimit > 0 && { failurePolicy: { maxRestarts: backoffLimit } }),
      replicatedJobs: withDeadline,
    },
  };
  return { workload, objects: sharedObjects(manifest, context) };
}
