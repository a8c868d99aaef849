/** One answer to why something waits or failed, from everything that is known about it. Pure; `why`, `run` and `get` share it. */
import type { Pod } from "../../api/core/pod.ts";
import { formatTime } from "../../meta/condition.ts";
import { sleepsOf } from "../../meta/sleeps.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { formatAge } from "../../machinery/duration.ts";
import type { RayDemand } from "../../ray/demands.ts";
import type { CoreEvent } from "../experiments/find.ts";
import { explainDemands } from "./explain-demands.ts";
import { explainNetwork } from "./explain-network.ts";
import { explainPods } from "./explain-pod.ts";
import { explainQuota } from "./explain-quota.ts";
import type { NodeLike } from "./explain-schedule.ts";
import { explainStatus, explainWorkload, forbidden, type WorkloadLike } from "./explain-workload.ts";
import { type Cause, type Finding, inOrder } from "./finding.ts";

export interface Subject {
  /** `experiment NAME`, `rayjob NAME` … */
  readonly where: string;
  readonly experiment?: Experiment;
  readonly workloads: readonly WorkloadLike[];
  readonly pods: readonly Pod[];
  readonly events: readonly CoreEvent[];
  readonly nodes: readonly NodeLike[];
  /** Pods of everybody that are on the nodes; absent where they may not be read, or nothing needs them. */
  readonly placed?: readonly Pod[];
  /** What finds no place in the Ray cluster; empty where Ray cannot be asked. */
  readonly demands?: readonly RayDemand[];
}

/** Pods that were refused: nobody but an event knows of them. */
function explainRefusals(events: readonly CoreEvent[]): readonly Finding[] {
  const refused = events.filter(
    ({ type, message = "" }) => type === "Warning" && /\bforbidden\b|exceeded quota/i.test(message),
  );
  const last = refused.at(-1);
  if (!last) return [];
  const { kind = "", name = "" } = last.involvedObject;
  const where = `${kind.toLowerCase()} ${name}`;
  return [{ ...forbidden, where, evidence: [...explainQuota(last.message ?? ""), `${last.reason}: ${last.message}`] }];
}

const ends = new Set<Cause>(["Succeeded", "Cancelled"]);
/** What a pod says of its end, with its log, better than whatever stands above it. */
const precise = new Set<Cause>([
  "RanksMissing",
  "OutOfMemory",
  "CommandNotFound",
  "Segfault",
  "CommandFailed",
  "CrashLoop",
  "Killed",
  "Evicted",
]);
/** What a workload says of its end where it knows no more. */
const general = new Set<Cause>(["BackoffLimit", "Failed"]);

/** Nothing is wrong as far as one sees: it runs, or has not come far enough to tell. */
function going({ where, experiment, workloads, pods }: Subject): Finding {
  const last = workloads.at(-1) ?? experiment;
  if (last && last.status === undefined) {
    const remedy = "check that an operator is running (`windlass operator`); it picks this up within seconds";
    return { cause: "Starting", where, evidence: ["no controller has picked it up yet"], remedy };
  }
  if (pods.length === 0) return { cause: "Starting", where, evidence: ["its pods are not created yet"] };
  return { cause: "Running", where, evidence: ["it is running and nothing waits"] };
}

/** That the machine slept explains connections that broke and results that are late. */
function explainSleep({ where, experiment, workloads }: Subject): readonly Finding[] {
  const [root] = [...(experiment ? [experiment] : []), ...workloads];
  const sleeps = root ? sleepsOf(root) : [];
  const last = sleeps.at(-1);
  if (!last) return [];
  const total = formatAge(sleeps.reduce((sum, { from, to }) => sum + to - from, 0));
  const times = sleeps.length === 1 ? "" : ` in all, ${sleeps.length} times`;
  const until = formatTime(new Date(last.to));
  const text = `the machine slept, or the local cluster was paused, for ${total}${times}, until ${until}; time limits do not count it`;
  return [{ cause: "Slept", where, evidence: [text] }];
}

/** Never empty; the first is the answer, the others are what else there is. */
export function explain(subject: Subject): readonly Finding[] {
  const { experiment, workloads, events } = subject;
  const status = experiment && explainStatus(experiment);
  const isOver = experiment?.status?.state === "Failed";
  // An experiment that gives up suspends its workload: that is its end, not its cause.
  const above = [status, ...workloads.map(explainWorkload)]
    .filter((finding) => finding !== undefined)
    .filter(({ cause }) => !(isOver && cause === "Suspended"));
  const end = (status ? [status] : above).find(({ cause }) => ends.has(cause));
  if (end) return [end];
  const pods = explainPods(subject.pods, subject);
  // Who ended the run because of a time-out or a crash loop ended its pods, too.
  const wasStopped = isOver && (status?.cause === "Timeout" || status?.cause === "CrashLoop");
  const shown = isOver
    ? pods.filter(({ cause }) => cause !== "Terminating" && !(wasStopped && precise.has(cause)))
    : pods;
  const hasPrecise = shown.some(({ cause }) => precise.has(cause)) || above.some(({ cause }) => cause === "Timeout");
  const kept = above.filter(({ cause }) => !(hasPrecise && (general.has(cause) || precise.has(cause))));
  // An experiment repeats its workload's end.
  const single = kept.filter(({ cause }, at) => kept.findIndex((other) => other.cause === cause) === at);
  const cluster = workloads.find(({ kind }) => kind === "RayCluster")?.metadata.name;
  const waiting = explainDemands(`raycluster ${cluster}`, subject.demands ?? [], subject.pods);
  const refusals = single.some(({ cause }) => cause === "Forbidden") || isOver ? [] : explainRefusals(events);
  const all = inOrder([
    ...explainNetwork(subject.nodes),
    ...single,
    ...(waiting ? [waiting] : []),
    ...refusals,
    ...shown,
  ]);
  return [...(all.length > 0 ? all : [going(subject)]), ...explainSleep(subject)];
}
