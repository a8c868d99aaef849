/** How an experiment ends, and what goes with it: shared volumes at once, its workload when it has been kept long enough. Pure. */
import { PersistentVolumeClaim } from "../../api/core/kinds.ts";
import type { ExperimentStatus } from "../../api/experiment/types.ts";
import { remove, requeue, type Steps, setStatus, tell } from "../../runtime/steps.ts";
import { ended } from "./events.ts";
import type { PlanInput } from "./observe.ts";
import { type End, finish } from "./status.ts";
import { kindOf } from "./workload/submit.ts";

export function end(input: PlanInput, how: End): Steps<ExperimentStatus> {
  const status = finish(input.status, how, input.now);
  return [setStatus(status), tell(ended(how)), ...cleanUp({ ...input, status })];
}

export const failed = (input: PlanInput, reason: End["reason"], message: string): Steps<ExperimentStatus> =>
  end(input, { state: "Failed", reason, message });

export const cancelled = (input: PlanInput, message: string): Steps<ExperimentStatus> =>
  end(input, { state: "Cancelled", reason: "Cancelled", message });

/** The pods' protection keeps a volume until the last has let go. By the workload one sees what ran. */
export function cleanUp({ status: { endTime }, world, now, settings }: PlanInput): Steps {
  const claims = (world.claims ?? []).map((claim) => remove(PersistentVolumeClaim, claim));
  const workload = world.rayJob ?? world.jobSet;
  const { keepWorkloadSeconds } = settings;
  if (!workload || !endTime || keepWorkloadSeconds === undefined) return claims;
  const leftMs = Date.parse(endTime) + keepWorkloadSeconds * 1000 - now.getTime();
  if (leftMs > 0) return [...claims, requeue(leftMs)];
  return [...claims, remove(kindOf(workload), workload, { propagationPolicy: "Background" })];
}
