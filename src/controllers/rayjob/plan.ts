/** The state machine of a RayJob (K8sJob, HTTP, Sidecar and Interactive modes): which state plans what. Pure. */
import type { JobDeploymentStatus, RayJob } from "../../api/ray/types.ts";
import { act, release } from "../../runtime/steps.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { stop } from "./actions.ts";
import { isFinished } from "./checks.ts";
import { planEnded, planSuspended, planTeardown } from "./ending.ts";
import type { World } from "./observe.ts";
import { addressOf, stillRuns } from "./questions.ts";
import { planRunning } from "./running.ts";
import { planInitializing, planMended, planNew, planWaiting } from "./starting.ts";
import type { JobSteps, Pass } from "./transition.ts";
import { invalid, planInvalid } from "./validation.ts";

const states: Readonly<Record<JobDeploymentStatus, (pass: Pass) => JobSteps>> = {
  "": (pass) => planNew(pass),
  ValidationFailed: planMended,
  Initializing: planInitializing,
  Waiting: planWaiting,
  Running: planRunning,
  Suspending: planTeardown,
  Retrying: planTeardown,
  Suspended: planSuspended,
  Complete: planEnded,
  Failed: planEnded,
};

export function planRayJob(job: RayJob, world: World, now: Date, options: RayOperatorOptions): JobSteps {
  const { jobDeploymentStatus: state = "" } = job.status ?? {};
  // What has ended has ended: no rule can undo it.
  const broken = isFinished(state) ? undefined : invalid(job, options);
  if (broken) return planInvalid(job, broken);
  // A state that a later version wrote is left alone.
  return Object.hasOwn(states, state) ? states[state]({ job, world, now, options }) : [];
}

/** Being deleted: a job that still runs is stopped in Ray, but nothing waits for that longer than one try. */
export function planRayJobDeletion(job: RayJob, world: World): JobSteps {
  const canStop = stillRuns(job) && world.cluster && world.headService;
  return canStop && !world.stop ? [act(stop, { ...addressOf({ job, world }) })] : [release];
}
