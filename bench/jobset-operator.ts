/**
 * `windlass operator --controllers jobset` on a cluster whose pods end by themselves (simulated nodes): what 200 JobSets
 * cost it, and how soon 500 pods are there again after a restart. WINDLASS_REAL_KUBECONFIG names the cluster.
 */
import { Namespace, Pod as PodKind } from "../src/api/core/kinds.ts";
import type { Pod } from "../src/api/core/pod.ts";
import { JobSet as JobSetKind } from "../src/api/jobset/kinds.ts";
import { jobSetNameLabel, restartAttemptLabel } from "../src/api/jobset/labels.ts";
import type { JobSet, JobSetSpec } from "../src/api/jobset/types.ts";
import type { Kind, KubeObject } from "../src/api/meta/object.ts";
import type { Client } from "../src/kube/client.ts";
import { createClient } from "../src/kube/create-client.ts";
import { createHttpsTransport } from "../src/kube/https-transport.ts";
import { loadKubeconfig } from "../src/kube/kubeconfig.ts";
import type { Figure } from "./main.ts";
import { median } from "./median.ts";
import { installDefinitions, type OperatorProcess, startOperator } from "./operator-process.ts";

const jobSets = 200;
const inFlight = 20;
const restartedJobs = 10;
const podsPerRestartedJob = 50;
const restarts = 3;
const limitMs = 300_000;

/** What the upstream controller took for the same JobSets, on a machine with 2 cores. */
const upstream = { requests: 7.2, seconds: 34, cpuMs: 18, mb: 85 };

interface Ground {
  readonly client: Client;
  readonly namespace: string;
}

const jobSet = ({ namespace }: Ground, name: string, spec: JobSetSpec): JobSet => ({
  apiVersion: "jobset.x-k8s.io/v1alpha2",
  kind: "JobSet",
  metadata: { name, namespace },
  spec,
});

function replicatedJob(replicas: number, pods: number, more: object = {}) {
  const spec = { restartPolicy: "Never" as const, containers: [{ name: "main", image: "none" }], ...more };
  const job = { parallelism: pods, completions: pods, backoffLimit: 0, template: { spec } };
  return { name: "workers", replicas, template: { spec: job } };
}

interface Until<T> {
  readonly kind: Kind;
  readonly count: number;
  readonly what: string;
  readonly counts: (object: T) => boolean;
}

/** Follows a kind from now on; `reached` resolves when that many different objects have counted. A watch may end at any time. */
async function follow<T extends KubeObject>({ client, namespace }: Ground, until: Until<T>) {
  const { kind, count, what, counts } = until;
  const signal = AbortSignal.timeout(limitMs);
  const seen = new Set<string | undefined>();
  const list = async () => {
    const { items, metadata } = await client.list<T>(kind, { namespace });
    for (const item of items.filter(counts)) seen.add(item.metadata.uid);
    return metadata.resourceVersion;
  };
  const watch = async (resourceVersion: string | undefined) => {
    for await (const { type, object } of client.watch<T>(kind, { namespace, resourceVersion, signal })) {
      if (type !== "DELETED" && counts(object)) seen.add(object.metadata.uid);
      if (seen.size >= count) return;
    }
  };
  let from = await list();
  const reached = (async () => {
    for (; seen.size < count; from = await list()) {
      if (signal.aborted) throw new Error(`${what}: ${seen.size} of ${count} after ${limitMs / 1000} s`);
      await watch(from);
    }
  })();
  return { reached };
}

const isCompleted = ({ status }: JobSet) =>
  status?.conditions?.some((condition) => condition.type === "Completed" && condition.status === "True") === true;

async function completions(ground: Ground, operator: OperatorProcess): Promise<readonly Figure[]> {
  const before = await operator.requests();
  const { reached } = await follow<JobSet>(ground, {
    kind: JobSetKind,
    count: jobSets,
    what: "completed JobSets",
    counts: isCompleted,
  });
  const started = performance.now();
  const spec = { replicatedJobs: [replicatedJob(1, 4)] };
  for (let from = 0; from < jobSets; from += inFlight) {
    const names = Array.from({ length: inFlight }, (_, at) => `many-${from + at}`);
    await Promise.all(names.map((name) => ground.client.create(JobSetKind, jobSet(ground, name, spec))));
  }
  await reached;
  const seconds = (performance.now() - started) / 1000;
  const requests = ((await operator.requests()) - before) / jobSets;
  const cpuMs = ((await operator.cpuSeconds()) * 1000) / jobSets;
  return [
    {
      name: `${jobSets} JobSets of 4 pods: requests for each`,
      value: requests,
      unit: "",
      goal: `≤ 5 (upstream: ${upstream.requests})`,
      reached: requests <= 5,
    },
    {
      name: "… created to all completed",
      value: seconds,
      unit: "s",
      goal: `≤ ${upstream.seconds} s (upstream)`,
      reached: seconds <= upstream.seconds,
    },
    {
      name: "… CPU of the operator for each, with its start",
      value: cpuMs,
      unit: "ms",
      goal: `(upstream: ${upstream.cpuMs} ms)`,
      reached: true,
    },
    {
      name: "… most memory of the operator",
      value: operator.peakMb(),
      unit: "MB",
      goal: `(upstream: ${upstream.mb} MB)`,
      reached: true,
    },
  ];
}

const followAttempt = (ground: Ground, attempt: number) =>
  follow<Pod>(ground, {
    kind: PodKind,
    count: restartedJobs * podsPerRestartedJob,
    what: `pods of attempt ${attempt}`,
    counts: ({ metadata: { labels = {} } }) =>
      labels[jobSetNameLabel] === "restarted" && labels[restartAttemptLabel] === String(attempt),
  });

async function failOnePod({ client, namespace }: Ground, attempt: number): Promise<void> {
  const labelSelector = `${jobSetNameLabel}=restarted,${restartAttemptLabel}=${attempt}`;
  const name = (await client.list<Pod>(PodKind, { namespace, labelSelector })).items[0]?.metadata.name ?? "";
  const ref = { kind: PodKind, namespace, name };
  await client.patch(ref, { status: { phase: "Failed" } }, { type: "merge", subresource: "status" });
}

/** The pods are for no scheduler: what is measured is how soon they are gone and made again, not how soon they run. */
async function restart(ground: Ground): Promise<Figure> {
  const first = await followAttempt(ground, 0);
  const spec = {
    failurePolicy: { maxRestarts: restarts },
    replicatedJobs: [replicatedJob(restartedJobs, podsPerRestartedJob, { schedulerName: "nobody" })],
  };
  await ground.client.create(JobSetKind, jobSet(ground, "restarted", spec));
  await first.reached;
  const seconds: number[] = [];
  for (let attempt = 1; attempt <= restarts; attempt++) {
    const { reached } = await followAttempt(ground, attempt);
    const started = performance.now();
    await failOnePod(ground, attempt - 1);
    await reached;
    seconds.push((performance.now() - started) / 1000);
  }
  const name = `a pod fails to all ${restartedJobs * podsPerRestartedJob} of the JobSet made again`;
  return { name, value: median(seconds), unit: "s", goal: "", reached: true };
}

export async function jobSetOperatorBench(): Promise<readonly Figure[]> {
  const kubeconfig = process.env["WINDLASS_REAL_KUBECONFIG"];
  if (!kubeconfig) throw new Error("set WINDLASS_REAL_KUBECONFIG to the kubeconfig of a cluster with simulated nodes");
  const config = await loadKubeconfig({ path: kubeconfig });
  const transport = createHttpsTransport({ ...config.transport, userAgent: "windlass/bench" });
  const client = createClient(transport);
  const ground: Ground = { client, namespace: `bench-${Math.random().toString(36).slice(2, 8)}` };
  const { namespace } = ground;
  await installDefinitions(kubeconfig);
  await client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const operator = await startOperator(kubeconfig, "jobset");
  try {
    return [...(await completions(ground, operator)), await restart(ground)];
  } finally {
    await operator.stop();
    await client.delete({ kind: Namespace, name: namespace });
    await transport.close?.();
  }
}
