/** How a RayCronJob's events are worded: KubeRay's reasons where it has them, else those of Kubernetes' CronJob. Pure. */
import type { RayCronJob } from "../../api/ray/types.ts";
import type { Noun } from "../../runtime/noun.ts";
import type { EventRecord } from "../../runtime/event-record.ts";
import type { Halt } from "./status.ts";

export const rayJob: Noun = { reason: "RayJob", subject: "RayJob" };

type Told = Pick<EventRecord, "type" | "reason" | "action">;

/** A RayJob that could not be created is told by the runtime. */
const events: Readonly<Record<Exclude<Halt["reason"], "FailedToCreateRayJob">, Told>> = {
  ValidationFailed: { type: "Warning", reason: "InvalidRayCronJobSpec", action: "Validate" },
  Suspended: { type: "Normal", reason: "SuspendedRayCronJob", action: "Suspend" },
  JobAlreadyActive: { type: "Normal", reason: "JobAlreadyActive", action: "Create" },
  MissSchedule: { type: "Warning", reason: "MissSchedule", action: "Create" },
};

export function halted({ metadata }: RayCronJob, { reason, message }: Halt): EventRecord | undefined {
  if (reason === "FailedToCreateRayJob") return undefined;
  return { ...events[reason], message: `${metadata.namespace}/${metadata.name}: ${message}` };
}
