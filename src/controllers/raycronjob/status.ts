/** The status of a RayCronJob: which run was started last, when the next one is due, and what stands in the way. Pure. */
import { formatTime } from "../../meta/condition.ts";
import type { RayCronJob, RayCronJobReason, RayCronJobStatus } from "../../api/ray/types.ts";

/** Why no RayJob is started. */
export interface Halt {
  readonly reason: RayCronJobReason;
  readonly message: string;
}

export interface Progress {
  /** The run that has been started in this reconcile. */
  readonly started?: number | undefined;
  readonly next?: number | undefined;
  readonly halt?: Halt | undefined;
}

const time = (ms: number) => formatTime(new Date(ms));

export function deriveStatus({ status }: RayCronJob, { started, next, halt }: Progress): RayCronJobStatus {
  const last = started === undefined ? status?.lastScheduleTime : time(started);
  return {
    ...(last && { lastScheduleTime: last }),
    ...(next !== undefined && { nextScheduleTime: time(next) }),
    ...halt,
  };
}

/** Whether the status says so already: it is told once. */
export const isKnown = ({ status }: RayCronJob, { reason, message }: Halt): boolean =>
  status?.reason === reason && status.message === message;
