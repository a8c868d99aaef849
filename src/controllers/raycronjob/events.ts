/** How a RayCronJob's events are worded: KubeRay's reasons where it has them, else those of Kubernetes' CronJob. Pure. */
import type { RayCronJob } from "../../api/ray/types.ts";
import { type EventKind, eventOf, eventsOf } from "../../runtime/event-kind.ts";
import type { EventRecord } from "../../runtime/event-record.ts";
import type { Noun } from "../../runtime/noun.ts";
import type { Halt } from "./status.ts";

export const rayJob: Noun = { reason: "RayJob", subject: "RayJob" };

/** A RayJob that could not be created is told by the runtime. */
const halts: Readonly<Record<Exclude<Halt["reason"], "FailedToCreateRayJob">, EventKind>> = {
  ValidationFailed: {
    type: "Warning",
    reason: "InvalidRayCronJobSpec",
    action: "Validate",
    tells: "NAMESPACE/NAME: what is wrong",
  },
  Suspended: {
    type: "Normal",
    reason: "SuspendedRayCronJob",
    action: "Suspend",
    tells: "NAMESPACE/NAME: no RayJob is started while suspend is true",
  },
  JobAlreadyActive: {
    type: "Normal",
    reason: "JobAlreadyActive",
    action: "Create",
    tells: "NAMESPACE/NAME: which run waits for which RayJob to end",
  },
  MissSchedule: {
    type: "Warning",
    reason: "MissSchedule",
    action: "Create",
    tells: "NAMESPACE/NAME: which run was not started within startingDeadlineSeconds",
  },
};

export const events: readonly EventKind[] = [...eventsOf(rayJob, "Create", "Delete"), ...Object.values(halts)];

export function halted({ metadata }: RayCronJob, { reason, message }: Halt): EventRecord | undefined {
  if (reason === "FailedToCreateRayJob") return undefined;
  return eventOf(halts[reason], `${metadata.namespace}/${metadata.name}: ${message}`);
}
