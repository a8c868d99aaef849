/** A namespace of a cluster to measure in: objects made in it, followed until enough of them have come so far. */
import { Job as JobKind, Namespace, Service as ServiceKind } from "../../src/api/core/kinds.ts";
import { JobSet as JobSetKind } from "../../src/api/jobset/kinds.ts";
import type { JobSetSpec } from "../../src/api/jobset/types.ts";
import type { Kind, KubeObject } from "../../src/meta/object.ts";
import type { Client } from "../../src/kube/client.ts";

const limitMs = 300_000;

export interface Ground {
  readonly client: Client;
  readonly namespace: string;
}

export async function openGround(client: Client): Promise<Ground> {
  const namespace = `bench-${Math.random().toString(36).slice(2, 8)}`;
  await client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  return { client, namespace };
}

export async function closeGround({ client, namespace }: Ground): Promise<void> {
  await client.delete({ kind: Namespace, name: namespace });
}

export interface Until<T> {
  readonly kind: Kind;
  readonly count: number;
  readonly what: string;
  readonly counts: (object: T, isDeleted: boolean) => boolean;
}

export interface Followed {
  /** Seconds from the call of `follow` until that many different objects have counted. Rejects after five minutes. */
  readonly reached: Promise<number>;
}

/** Follows a kind from now on. A watch may end at any time. */
export async function follow<T extends KubeObject>({ client, namespace }: Ground, until: Until<T>): Promise<Followed> {
  const { kind, count, what, counts } = until;
  const signal = AbortSignal.timeout(limitMs);
  const seen = new Set<string | undefined>();
  const list = async () => {
    const { items, metadata } = await client.list<T>(kind, { namespace });
    for (const item of items) if (counts(item, false)) seen.add(item.metadata.uid);
    return metadata.resourceVersion;
  };
  const watch = async (resourceVersion: string | undefined) => {
    for await (const { type, object } of client.watch<T>(kind, { namespace, resourceVersion, signal })) {
      if (counts(object, type === "DELETED")) seen.add(object.metadata.uid);
      if (seen.size >= count) return;
    }
  };
  let from = await list();
  const started = performance.now();
  const reached = (async () => {
    for (; seen.size < count; from = await list()) {
      if (signal.aborted) throw new Error(`${what}: ${seen.size} of ${count} after ${limitMs / 1000} s`);
      await watch(from);
    }
    return (performance.now() - started) / 1000;
  })();
  return { reached };
}

interface WithConditions extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

export const hasCondition =
  (wanted: string) =>
  ({ status }: WithConditions): boolean =>
    status?.conditions?.some(({ type, status: value }) => type === wanted && value === "True") === true;

/** A Job of so many indexed pods. */
export function jobSpec(pods: number, more: object = {}) {
  const spec = { restartPolicy: "Never" as const, containers: [{ name: "main", image: "none" }], ...more };
  return {
    parallelism: pods,
    completions: pods,
    completionMode: "Indexed" as const,
    backoffLimit: 0,
    template: { spec },
  };
}

export type BenchJob = ReturnType<typeof jobSpec>;

export async function createJobSet({ client, namespace }: Ground, name: string, spec: JobSetSpec): Promise<void> {
  const metadata = { name, namespace };
  const jobSet = { apiVersion: "jobset.x-k8s.io/v1alpha2", kind: "JobSet", metadata, spec };
  await client.create(JobSetKind, jobSet);
}

/** A headless Service for the pods of Jobs of that group, as a JobSet has one. */
export async function createService({ client, namespace }: Ground, group: string): Promise<void> {
  const spec = { clusterIP: "None", publishNotReadyAddresses: true, selector: { group } };
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: group, namespace }, spec };
  await client.create(ServiceKind, service);
}

/** A Job that nobody owns; its pods carry `job` and `group` as labels. */
export async function createJob(ground: Ground, job: string, group: string, spec: BenchJob): Promise<void> {
  const { client, namespace } = ground;
  const template = { ...spec.template, metadata: { labels: { job, group } } };
  const made = { apiVersion: "batch/v1", kind: "Job", metadata: { name: job, namespace }, spec: { ...spec, template } };
  await client.create(JobKind, made);
}
