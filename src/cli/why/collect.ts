/** Reads from the API what `explain` judges: an experiment, or a bare RayJob, RayCluster or JobSet, with all below it. */
import { Job, LegacyEvent, Node, Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { JobSet } from "../../api/jobset/kinds.ts";
import { jobSetNameLabel } from "../../api/jobset/labels.ts";
import type { Kind } from "../../meta/object.ts";
import { RayCluster, RayJob } from "../../api/ray/kinds.ts";
import { labels } from "../../api/ray/labels.ts";
import { KubeError } from "../../kube/errors.ts";
import { type RayDemand, parseDemands } from "../../ray/demands.ts";
import { proxiedRayClient } from "../../ray/http.ts";
import { closest } from "../../machinery/did-you-mean.ts";
import { type CoreEvent, eventsOf, eventTime, findExperiment, ifThere, nameOf, podsOf } from "../experiments/find.ts";
import { logLines } from "../logs/log-stream.ts";
import { whyErrors } from "../errors/why.ts";
import { formatNames } from "../display/name-list.ts";
import type { Target } from "../connect/target.ts";
import type { Subject } from "./explain.ts";
import type { NodeLike } from "./explain-schedule.ts";
import type { WorkloadLike } from "./explain-workload.ts";
import type { LogRef } from "./finding.ts";

const kinds: Readonly<Record<string, Kind>> = { rayjob: RayJob, raycluster: RayCluster, jobset: JobSet };

const getWorkload = (target: Target, kind: Kind, name: string) =>
  target.client.get<WorkloadLike>({ kind, namespace: target.namespace, name });

/** Nodes are for administrators on many clusters: without them the scheduler's own words are all there is. */
const nodesOf = async (target: Target) => (await ifThere(target.client.list<NodeLike>(Node)))?.items ?? [];

const isUnplaced = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === "PodScheduled" && value === "False") === true;

/** Everybody's pods tell what is free on the nodes; asked for only where a pod finds no place. */
async function placedPods(target: Target, pods: readonly Pod[]): Promise<readonly Pod[] | undefined> {
  if (!pods.some(isUnplaced)) return undefined;
  const fieldSelector = "status.phase!=Succeeded,status.phase!=Failed";
  const all = await ifThere(target.client.list<Pod>(PodKind, { fieldSelector }));
  return all?.items.filter(({ spec }) => spec.nodeName !== undefined);
}

const askTimeoutMs = 5000;

/** What finds no place in a Ray cluster that is up; none where Ray does not answer, or asks for a token. */
async function demandsOf(target: Target, workloads: readonly WorkloadLike[]): Promise<readonly RayDemand[]> {
  const cluster = workloads.find(({ kind, status }) => kind === RayCluster.kind && status?.state === "ready");
  const service = cluster?.status?.head?.serviceName;
  if (!service) return [];
  const ray = proxiedRayClient(target.client.transport)({ namespace: target.namespace, service, address: "" });
  return ray.clusterStatus(AbortSignal.timeout(askTimeoutMs)).then(parseDemands, () => []);
}

const hasFailed = ({ status }: WorkloadLike): boolean =>
  status?.conditions?.some((condition) => condition.type === "Failed" && condition.status === "True") === true;

/** Only a Job knows why it failed; the set it belongs to knows that it did. */
async function failedJobs(target: Target, jobSet: string): Promise<readonly WorkloadLike[]> {
  const { namespace } = target;
  const jobs = await ifThere(
    target.client.list<WorkloadLike>(Job, { namespace, labelSelector: `${jobSetNameLabel}=${jobSet}` }),
  );
  return (jobs?.items ?? []).filter(hasFailed).map((job) => ({ ...job, kind: Job.kind }));
}

/** The workload and what it made that has a say: the cluster of a RayJob, the failed Jobs of a JobSet. */
async function withOwned(target: Target, kind: Kind, found: WorkloadLike): Promise<readonly WorkloadLike[]> {
  const workload = { ...found, kind: kind.kind };
  if (kind === JobSet) return [workload, ...(await failedJobs(target, nameOf(found)))];
  const name = found.status?.rayClusterName;
  const cluster = name ? await ifThere(getWorkload(target, RayCluster, name)) : undefined;
  return cluster ? [workload, cluster] : [workload];
}

async function collectExperiment(target: Target, wanted: string): Promise<Subject> {
  const experiment = await findExperiment(target, wanted);
  const { workload } = experiment.status ?? {};
  const kind = kinds[workload?.kind.toLowerCase() ?? ""];
  const [pods, events, nodes, found] = await Promise.all([
    podsOf(target, experiment),
    eventsOf(target, experiment),
    nodesOf(target),
    kind && workload ? ifThere(getWorkload(target, kind, workload.name)) : undefined,
  ]);
  const workloads = kind && found ? await withOwned(target, kind, found) : [];
  const [placed, demands] = await Promise.all([placedPods(target, pods), demandsOf(target, workloads)]);
  return { where: `experiment ${nameOf(experiment)}`, experiment, pods, events, nodes, workloads, placed, demands };
}

function selectorsOf(kind: Kind, object: WorkloadLike): readonly string[] {
  const name = nameOf(object);
  if (kind === JobSet) return [`${jobSetNameLabel}=${name}`];
  if (kind === RayCluster) return [`${labels.cluster}=${name}`];
  const cluster = object.status?.rayClusterName;
  const own = [`${labels.originatedFromName}=${name}`, `job-name=${name}`];
  return cluster ? [...own, `${labels.cluster}=${cluster}`] : own;
}

async function getNamed(target: Target, kind: Kind, name: string): Promise<WorkloadLike> {
  const found = name && (await ifThere(getWorkload(target, kind, name)));
  if (found) return found;
  const all = (await target.client.list(kind, { namespace: target.namespace })).items.map(nameOf);
  const near = closest(name, all);
  const others = all.length > 0 ? `known names: ${formatNames(all)}` : "the namespace has none";
  throw whyErrors.WORKLOAD_NOT_FOUND(kind.kind, name, target.namespace, near ? `did you mean ${near}?` : others);
}

async function collectWorkload(target: Target, kind: Kind, name: string): Promise<Subject> {
  const { namespace } = target;
  const object = await getNamed(target, kind, name);
  const [workloads, nodes, all, ...lists] = await Promise.all([
    withOwned(target, kind, object),
    nodesOf(target),
    target.client.list<CoreEvent>(LegacyEvent, { namespace }),
    ...selectorsOf(kind, object).map((labelSelector) => target.client.list<Pod>(PodKind, { namespace, labelSelector })),
  ]);
  const byUid = new Map(lists.flatMap(({ items }) => items.map((pod) => [pod.metadata.uid, pod] as const)));
  const concerns = ({ involvedObject }: CoreEvent) =>
    involvedObject.name === name || involvedObject.name?.startsWith(`${name}-`) === true;
  const events = all.items.filter(concerns).toSorted((a, b) => eventTime(a).localeCompare(eventTime(b)));
  const pods = [...byUid.values()];
  const [placed, demands] = await Promise.all([placedPods(target, pods), demandsOf(target, workloads)]);
  return { where: `${kind.kind.toLowerCase()} ${name}`, workloads, pods, events, nodes, placed, demands };
}

/** `wanted`: an experiment's name as all commands take it, or `rayjob/NAME`, `raycluster/NAME`, `jobset/NAME`. */
export async function collect(target: Target, wanted: string): Promise<Subject> {
  const [prefix = "", name] = wanted.split("/");
  if (name === undefined) return collectExperiment(target, wanted);
  if (prefix === "experiment") return collectExperiment(target, name);
  const kind = kinds[prefix.toLowerCase()];
  if (kind) return collectWorkload(target, kind, name);
  throw whyErrors.UNKNOWN_KIND(prefix, ["experiment", ...Object.keys(kinds)]);
}

/** The end of a log; empty when it is gone. */
export async function readLastLines(target: Target, { pod, container, previous }: LogRef, count: number) {
  const lines: string[] = [];
  try {
    for await (const { text } of logLines(target, { pod, container, previous, tailLines: count })) lines.push(text);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
  }
  return lines;
}
