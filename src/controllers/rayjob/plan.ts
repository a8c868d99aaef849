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
import type { JobSteps, PlanInput } from "./transition.ts";
import { invalid, planInvalid } from "./validation.ts";

interface State {
  readonly does: string;
  plan(input: PlanInput): JobSteps;
}

const states: Readonly<Record<JobDeploymentStatus, State>> = {
  "": { does: "names the cluster and the submission, and begins an attempt", plan: (input) => planNew(input) },
  ValidationFailed: { does: "waits until the spec is mended", plan: planMended },
  Initializing: { does: "makes the cluster, and waits until it is ready and has a dashboard", plan: planInitializing },
  Waiting: { does: "waits for the user's own submission (`InteractiveMode`)", plan: planWaiting },
  Running: { does: "follows the job in Ray, and its submitter", plan: planRunning },
  Suspending: { does: "deletes the cluster and the submitter", plan: planTeardown },
  Retrying: { does: "deletes the cluster and the submitter, for the next attempt", plan: planTeardown },
  Suspended: { does: "waits until `suspend` is false again", plan: planSuspended },
  Complete: { does: "cleans up by `ttlSecondsAfterFinished` and `deletionStrategy`", plan: planEnded },
  Failed: { does: "cleans up by `ttlSecondsAfterFinished` and `deletionStrategy`", plan: planEnded },
};

export const phases: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(states).map(([name, { does }]) => [name, does]),
);

export function planRayJob(job: RayJob, world: World, now: Date, options: RayOperatorOptions): JobSteps {
  const { jobDeploymentStatus: state = "" } = job.status ?? {};
  // What has ended has ended: no rule can undo it.
  const broken = isFinished(state) ? undefined : invalid(job, options);
  if (broken) return planInvalid(job, broken);
  // A state that a later version wrote is left alone.
  return Object.hasOwn(states, state) ? states[state].plan({ job, world, now, options }) : [];
}

/** Being deleted: a job that still runs is stopped in Ray, but nothing waits for that longer than one try. */
export function planRayJobDeletion(job: RayJob, world: World): JobSteps {
  const canStop = stillRuns(job) && world.cluster && world.headService;
  return canStop && !world.stop ? [act(stop, { ...addressOf({ job, world }) })] : [release];
}
