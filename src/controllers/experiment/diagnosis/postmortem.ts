/** Why the pods of a JobSet failed: a JobSet only knows that one of its Jobs did. Pure. */
import type { Pod } from "../../../api/core/pod.ts";
import { foreignReason } from "../../../api/experiment/reasons.ts";
import type { Outcome as Told } from "../../../runtime/action.ts";
import { type Cause, causeOf, type ContainerEnd, containerEndOf, statusesOf } from "./container-end.ts";
import type { World } from "../observe.ts";
import type { Outcome } from "../workload/outcome.ts";

const containerEndsOf = (pod: Pod): readonly ContainerEnd[] =>
  statusesOf(pod)
    .map((status) => containerEndOf(pod, status))
    .filter((ended) => ended !== undefined);

/** A JobSet that knows no more. */
const failedJobs = foreignReason("FailedJobs");

/** Times have seconds only: within one, a container that ended by itself comes before those that were told to. */
const order = ({ end, pod }: ContainerEnd): string =>
  [end.finishedAt ?? "", pod.metadata.deletionTimestamp ? 1 : 0, end.exitCode > 128 ? 1 : 0, pod.metadata.name].join(
    " ",
  );

/** The first thing that went wrong; undefined when no pod tells of any. */
export function findCause(pods: readonly Pod[]): Cause | undefined {
  const evicted = pods.find(({ status }) => status?.phase === "Failed" && status.reason);
  const [first] = pods.flatMap(containerEndsOf).toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  if (evicted && evicted.status?.reason !== "DeadlineExceeded" && (!first || first.pod === evicted)) {
    const { reason = "", message = "" } = evicted.status ?? {};
    return { reason: foreignReason(reason), message: `pod ${evicted.metadata.name}: ${message || reason}` };
  }
  return first && causeOf(first);
}

type Failed = Extract<Outcome, { readonly phase: "Ended" }>;

const isFailed = (outcome: Outcome): outcome is Failed => outcome.phase === "Ended" && outcome.end.state === "Failed";

/** A JobSet knows that a Job failed, its pods know why. One that ran out of time has said all there is to say. */
export const needsExamination = ({ jobSet }: World, outcome: Outcome): boolean =>
  jobSet !== undefined && isFailed(outcome) && outcome.end.reason !== "Timeout";

/** The outcome with what the pods have told of it, if anything. */
export function withCause(outcome: Outcome, told: Told<Cause | undefined>): Outcome {
  if (!isFailed(outcome) || !told.ok || !told.value) return outcome;
  const { reason, message } = told.value;
  const more = outcome.end.reason === failedJobs ? "" : `; ${outcome.end.message}`;
  return { phase: "Ended", end: { state: "Failed", reason, message: message + more } };
}
