/**
 * A pytorch, jax, xgboost or jobset manifest as a JobSet that the upstream controller would run just the same. Pure.
 * One replicated job per pod group, one Job per `count`, one pod per completion; who a pod is comes from its labels.
 */
import { containerNames } from "../../api/containers.ts";
import type { Container, EnvVar } from "../../api/core/pod.ts";
import {
  globalReplicasLabel,
  jobGlobalIndexLabel,
  jobIndexLabel,
  replicatedJobNameLabel,
  replicatedJobReplicasLabel,
} from "../../api/jobset/labels.ts";
import { jobNameOf } from "../../api/jobset/names.ts";
import type { FailurePolicy, JobSet, ReplicatedJob } from "../../api/jobset/types.ts";
import type { WorkloadContext } from "./workload-context.ts";
import { labelEnv } from "./env.ts";
import { groupsOf, type Manifest, type PodGroup } from "../model/manifest.ts";
import { type Operator } from "../model/schema.ts";
import { podTemplate } from "./pod-template.ts";
import { defaultStartDeadlineSeconds, waitForRanks } from "./rank-barrier.ts";
import { deadlineOf } from "../model/timeout.ts";

/** bash where there is one, in place of the image's entrypoint: commands use more than sh has. */
const shell = 'command -v bash >/dev/null && exec bash -c "$0"; exec sh -c "$0"';
const worker = "worker";

/** Host name of the pod of rank 0, within the namespace. */
const coordinator = (name: string) => `${jobNameOf(name, worker, 0)}-0.${name}`;

function masterEnv(port: string, name: string, count: number): readonly EnvVar[] {
  return [
    { name: "MASTER_ADDR", value: coordinator(name) },
    { name: "MASTER_PORT", value: port },
    { name: "WORLD_SIZE", value: String(count) },
    labelEnv("RANK", jobGlobalIndexLabel),
  ];
}

/** Variables by operator. The address refers to the host, which must stand before it. */
const envOf: Readonly<Record<Operator, (name: string, count: number) => readonly EnvVar[]>> = {
  pytorch: (name, count) => masterEnv("23456", name, count),
  xgboost: (name, count) => masterEnv("9999", name, count),
  jax: (name, count) => [
    { name: "JAXOPERATOR_COORDINATOR_HOST", value: coordinator(name) },
    { name: "JAXOPERATOR_COORDINATOR_ADDRESS", value: "$(JAXOPERATOR_COORDINATOR_HOST):1234" },
    { name: "JAXOPERATOR_NUM_PROCESSES", value: String(count) },
    labelEnv("JAXOPERATOR_PROCESS_ID", jobGlobalIndexLabel),
  ],
  jobset: (name) => [
    { name: "JOBSET_NAME", value: name },
    labelEnv("JOB_INDEX", jobIndexLabel),
    labelEnv("GLOBAL_REPLICAS", globalReplicasLabel),
    labelEnv("JOB_GLOBAL_INDEX", jobGlobalIndexLabel),
    labelEnv("REPLICATED_JOB_NAME", replicatedJobNameLabel),
    labelEnv("REPLICATED_JOB_REPLICAS", replicatedJobReplicasLabel),
  ],
  kuberay: () => [],
};

/** What the container runs: the command, or a VS Code tunnel in its place. */
export function jobSetCommandOf({ spec }: Manifest): string {
  const vscode = spec.debug?.vscode;
  if (!vscode?.enabled) return spec.command;
  const { path = "code", provider = "github" } = vscode;
  return `${path} tunnel user login --provider ${provider} && exec ${path} tunnel --accept-server-license-terms --random-name`;
}

/** A shell test that is true in the first pod of the first Job of the first group. */
const isFirstPod = '[ "$WINDLASS_JOB_INDEX/$JOB_COMPLETION_INDEX" = 0/0 ]';

/** Operators whose processes have ranks and need all of them; an array of pods may run in waves. */
const ranked: readonly Operator[] = ["pytorch", "jax", "xgboost"];
/** Not the program's own port: that one may be asked for the moment the barrier falls. */
const barrierPort = 23455;

function barrier({ spec }: Manifest, context: WorkloadContext, size: number): readonly Container[] {
  if (!ranked.includes(spec.operator) || size < 2) return [];
  const { name, image, startDeadlineSeconds: seconds = defaultStartDeadlineSeconds } = context;
  const hosts = `${name}-${worker}-*-0.${name}`;
  return [waitForRanks({ image, hosts, size, port: barrierPort, seconds })];
}

function replicatedJob(
  manifest: Manifest,
  context: WorkloadContext,
  [name, group]: readonly [string, PodGroup],
  isFirst: boolean,
): ReplicatedJob {
  const { spec } = manifest;
  const { count = 1, completions = 1, parallelisms = 1 } = group;
  const seconds = deadlineOf(spec);
  const serves = isFirst && spec.tensorboard?.enabled === true;
  const own = envOf[spec.operator](context.name, count);
  const env = serves ? [...own, labelEnv("WINDLASS_JOB_INDEX", jobIndexLabel)] : own;
  // `$$` would reach the shell as `$`.
  const command = jobSetCommandOf(manifest).replaceAll("$$", "$$$$$$$$");
  const container = { name: containerNames.main, command: ["/bin/sh", "-c", shell], args: [command] };
  const template = podTemplate({
    manifest,
    context,
    group,
    container,
    env,
    ...(serves && { tensorboard: isFirstPod }),
  });
  const waits = barrier(manifest, context, count);
  const inits = waits.length > 0 && { initContainers: [...(template.spec.initContainers ?? []), ...waits] };
  return {
    name,
    replicas: count,
    template: {
      metadata: { labels: context.labels },
      spec: {
        parallelism: parallelisms,
        completions,
        completionMode: "Indexed",
        backoffLimit: 0,
        ...(seconds !== undefined && { activeDeadlineSeconds: seconds }),
        template: { ...template, spec: { ...template.spec, ...inits, restartPolicy: "Never" } },
      },
    },
  };
}

/** All pods start again together, as distributed programs need; an experiment out of time does not. */
function failurePolicy({ spec }: Manifest): FailurePolicy | undefined {
  const maxRestarts = spec.restartPolicy?.backoffLimit;
  if (!maxRestarts) return undefined;
  const outOfTime = { name: "outOfTime", action: "FailJobSet", onJobFailureReasons: ["DeadlineExceeded"] } as const;
  return { maxRestarts, ...(deadlineOf(spec) !== undefined && { rules: [outOfTime] }) };
}

export function toJobSet(manifest: Manifest, context: WorkloadContext): JobSet {
  const policy = failurePolicy(manifest);
  const groups = groupsOf(manifest).filter(([, { count = 1 }]) => count > 0);
  const jobs = groups.map((entry, index) => replicatedJob(manifest, context, entry, index === 0));
  return {
    apiVersion: "jobset.x-k8s.io/v1alpha2",
    kind: "JobSet",
    metadata: {
      name: context.name,
      ...(context.namespace && { namespace: context.namespace }),
      labels: context.labels,
    },
    spec: {
      network: { enableDNSHostnames: true, publishNotReadyAddresses: true },
      successPolicy: { operator: "All" },
      ...(policy && { failurePolicy: policy }),
      replicatedJobs: jobs,
    },
  };
}
