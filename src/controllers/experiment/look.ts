/**
 * The last look at an experiment whose time is nearly over: what its pods wait for and what its command printed last. When
 * the time is over the pods are taken away, and on most clusters their logs with them. Pure.
 */
import type { Pod } from "../../api/core/pod.ts";
import { appendLog } from "../../api/experiment/last-lines.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { jobGlobalIndexLabel } from "../../api/jobset/labels.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Action } from "../../runtime/plan.ts";
import type { Cause } from "./death.ts";
import { lastLookAt, type TimeLeft } from "./deadline.ts";
import type { World } from "./observe.ts";
import type { End } from "./pass.ts";
import { findWait } from "./wait.ts";

export const lookKey = "last-look";

/** What the action answers. */
export interface Look {
  readonly wait?: Cause;
  readonly log?: { readonly pod: string; readonly container: string; readonly lines: readonly string[] };
}

interface Looking {
  readonly workload: KubeObject;
  readonly world: World;
  readonly left: TimeLeft | undefined;
  readonly now: Date;
}

/** The look, when it is due; otherwise when to come back for it. */
export function planLook({ workload, world, left, now }: Looking): {
  readonly actions?: readonly Action[];
  readonly requeueAfterMs?: number;
} {
  const at = lastLookAt(workload, world.jobs ?? [], left, now);
  if (!at) return {};
  const inMs = at.getTime() - now.getTime();
  if (inMs > 0) return { requeueAfterMs: inMs };
  const input = { uid: workload.metadata.uid, at: at.toISOString() };
  return { actions: [{ key: lookKey, type: "Look", input }] };
}

const submitter = "ray-job-submitter";

/** The pod whose log is the experiment's: the submitter of a RayJob, rank 0 of a JobSet. */
export function loggedPod(pods: readonly Pod[]): { readonly pod: string; readonly container: string } | undefined {
  const isFirst = ({ metadata, spec }: Pod) =>
    spec.containers[0]?.name === submitter || metadata.labels?.[jobGlobalIndexLabel] === "0";
  const started = pods.filter(({ status }) => status?.containerStatuses?.some(({ state }) => state?.running));
  const pod = started.find(isFirst);
  const container = pod?.spec.containers[0]?.name;
  return pod && container ? { pod: pod.metadata.name ?? "", container } : undefined;
}

/** A look is about this end only while it is fresh: an earlier attempt may have had one, too. */
const freshMs = 60_000;

function lookIn({ look }: World, now: Date): Look | undefined {
  const isFresh = look !== undefined && now.getTime() - look.at.getTime() < freshMs;
  return isFresh && look.outcome.ok ? (look.outcome.value as Look) : undefined;
}

/** What stands between a time-out and what was waited for. */
export const untilThen = "; it had been waiting ";

/** The end of an experiment out of time, with what held it up until then, or what it printed last. */
export function keepCause(
  how: End,
  { root, world, now }: { readonly root: Experiment; readonly world: World; readonly now: Date },
): End {
  const { step, reason, message } = root.status ?? {};
  const look = lookIn(world, now);
  const told = reason !== undefined && step !== "Running" ? { reason, message: message ?? "" } : undefined;
  const wait = findWait(world.pods ?? []) ?? look?.wait ?? told;
  if (wait) return { ...how, message: `${how.message}${untilThen}(${wait.reason}): ${wait.message}` };
  if (!look?.log || look.log.lines.length === 0) return how;
  const { pod, container, lines } = look.log;
  return { ...how, message: appendLog(`${how.message} (log of container ${container} of pod ${pod})`, lines) };
}
