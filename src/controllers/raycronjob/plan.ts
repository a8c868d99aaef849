/** What a RayCronJob does next: starts the run that is due, if there is one and nothing stands in its way. Pure. */
import { formatTime } from "../../meta/condition.ts";
import { RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { RayCronJob, RayCronJobStatus } from "../../api/ray/types.ts";
import { create, setStatus, soonest, type Steps, tell } from "../../runtime/steps.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { policies } from "./concurrency.ts";
import { type Due, findDue, mostMissed } from "./due.ts";
import { halted, rayJob } from "./events.ts";
import { isActive, trimHistory } from "./history.ts";
import type { World } from "./observe.ts";
import { desiredRayJob } from "./ray-job.ts";
import { deriveStatus, type Halt, isKnown, type Progress } from "./status.ts";
import { invalid } from "./validation.ts";

export type CronSteps = Steps<RayCronJobStatus>;

export interface RayCronJobOptions extends RayOperatorOptions {
  readonly timeZone: string;
}

interface PlanInput {
  readonly root: RayCronJob;
  readonly world: World;
  readonly now: Date;
  readonly due: Due;
}

/** Writes the status; what stands in the way is told when it is new. */
function settle(root: RayCronJob, progress: Progress): CronSteps {
  const { halt } = progress;
  const event = halt && !isKnown(root, halt) ? halted(root, halt) : undefined;
  return [setStatus(deriveStatus(root, progress)), ...(event ? [tell(event)] : [])];
}

const time = (ms: number) => formatTime(new Date(ms));

/** Requeued for the next run, or for the moment at which the one that is due is too late. */
function wait({ root, now, due: { next, until } }: PlanInput, halt?: Halt): CronSteps {
  const delays = [next, Number.isFinite(until) ? until + 1 : undefined]
    .filter((at) => at !== undefined && at > now.getTime())
    .map((at) => (at ?? 0) - now.getTime());
  return [...settle(root, { next, halt }), ...soonest(...delays)];
}

function says(at: number, missed: number): string {
  const due = `Created RayJob {object}, due at ${time(at)}`;
  if (missed === 0) return due;
  const count = missed > mostMissed ? `more than ${mostMissed}` : String(missed);
  return `${due}; ${count} earlier ${missed === 1 ? "run was" : "runs were"} missed`;
}

function start(input: PlanInput, at: number): CronSteps {
  const { root, world, now, due } = input;
  const job = desiredRayJob(root, at);
  const started = [...settle(root, { started: at, next: due.next }), ...soonest((due.next ?? at) - now.getTime())];
  if (world.jobs.some(({ metadata }) => metadata.name === job.metadata.name)) return started;
  if (now.getTime() > due.until) {
    const message = `the run due at ${time(at)} was not started within ${root.spec.startingDeadlineSeconds} s`;
    return wait(input, { reason: "MissSchedule", message });
  }
  const { steps, waitsFor } = policies[root.spec.concurrencyPolicy ?? "Allow"](world.jobs.filter(isActive));
  const [first] = waitsFor;
  if (first) {
    const message = `the run due at ${time(at)} waits for RayJob ${first.metadata.name} to end`;
    return wait(input, { reason: "JobAlreadyActive", message });
  }
  const [failure] = world.failures;
  const writes = [...steps, create(RayJobKind, job, { as: rayJob, says: says(at, due.missed), order: 1 })];
  if (!failure) return [...writes, ...started];
  const message = `the run due at ${time(at)} is tried again: ${failure.message}`;
  return [...writes, ...wait(input, { reason: "FailedToCreateRayJob", message })];
}

export function planRayCronJob(root: RayCronJob, world: World, now: Date, options: RayCronJobOptions): CronSteps {
  const broken = invalid(root, now, options);
  if (broken) return settle(root, { halt: broken });
  const history = trimHistory(root, world.jobs);
  if (root.spec.suspend) {
    const halt: Halt = { reason: "Suspended", message: "no RayJob is started while suspend is true" };
    return [...history, ...settle(root, { halt })];
  }
  const due = findDue(root, now, options.timeZone);
  const input: PlanInput = { root, world, now, due };
  return [...history, ...(due.at === undefined ? wait(input) : start(input, due.at))];
}
