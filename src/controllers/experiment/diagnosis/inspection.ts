/**
 * The inspection of an experiment whose time is nearly over: what its pods wait for and what its command printed last.
 * When the time is over the pods are taken away, and on most clusters their logs with them. Pure.
 */
import { containerNames } from "../../../api/containers.ts";
import type { Pod } from "../../../api/core/pod.ts";
import { appendLog } from "../../../api/experiment/last-lines.ts";
import { foreignReason } from "../../../api/experiment/reasons.ts";
import { jobGlobalIndexLabel } from "../../../api/jobset/labels.ts";
import type { KubeObject } from "../../../meta/object.ts";
import { act, requeue, type Steps } from "../../../runtime/steps.ts";
import { type Inspection, inspect } from "../actions.ts";
import { inspectionTime, type TimeLeft } from "../workload/deadline.ts";
import type { PlanInput } from "../observe.ts";
import type { End } from "../status.ts";
import { findWait } from "./pod-wait.ts";

/** The inspection, when it is due; otherwise when to requeue for it. */
export function planInspection(
  { workload, world, now }: PlanInput & { readonly workload: KubeObject },
  left: TimeLeft | undefined,
): Steps {
  const at = inspectionTime(workload, world.jobs ?? [], left, now);
  if (!at) return [];
  const inMs = at.getTime() - now.getTime();
  return inMs > 0 ? [requeue(inMs)] : [act(inspect, { uid: workload.metadata.uid ?? "", at: at.toISOString() })];
}

/** The pod whose log is the experiment's: the submitter of a RayJob, rank 0 of a JobSet. */
export function loggedPod(pods: readonly Pod[]): { readonly pod: string; readonly container: string } | undefined {
  const isFirst = ({ metadata, spec }: Pod) =>
    spec.containers[0]?.name === containerNames.submitter || metadata.labels?.[jobGlobalIndexLabel] === "0";
  const started = pods.filter(({ status }) => status?.containerStatuses?.some(({ state }) => state?.running));
  const pod = started.find(isFirst);
  const container = pod?.spec.containers[0]?.name;
  return pod && container ? { pod: pod.metadata.name ?? "", container } : undefined;
}

/** A look is about this end only while it is fresh: an earlier attempt may have had one, too. */
const freshMs = 60_000;

function freshInspection({ world, now }: PlanInput): Inspection | undefined {
  const answer = world.inspection;
  const isFresh = answer !== undefined && now.getTime() - answer.at.getTime() < freshMs;
  return isFresh && answer.outcome.ok ? answer.outcome.value : undefined;
}

/** What stands between a time-out and what was waited for. */
export const untilThen = "; it had been waiting ";

/** The end of an experiment out of time, with what held it up until then, or what it printed last. */
export function keepCause(input: PlanInput, how: End): End {
  const { step, reason, message } = input.root.status ?? {};
  const seen = freshInspection(input);
  const told =
    reason !== undefined && step !== "Running" ? { reason: foreignReason(reason), message: message ?? "" } : undefined;
  const wait = findWait(input.world.pods ?? []) ?? seen?.wait ?? told;
  if (wait) return { ...how, message: `${how.message}${untilThen}(${wait.reason}): ${wait.message}` };
  if (!seen?.log || seen.log.lines.length === 0) return how;
  const { pod, container, lines } = seen.log;
  return { ...how, message: appendLog(`${how.message} (log of container ${container} of pod ${pod})`, lines) };
}
