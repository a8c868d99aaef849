/** Which run of a schedule is due. Of several that were missed it is the last one: the others are not made up for. Pure. */
import type { RayCronJob } from "../../api/ray/types.ts";
import { parseSchedule } from "../../machinery/cron/schedule.ts";
import { countTimes, lastTime, nextTime } from "../../machinery/cron/times.ts";

export interface Due {
  /** When the run that is due should have started, in milliseconds since 1970 as all of these. */
  readonly at?: number;
  /** Until when it may still be started. */
  readonly until: number;
  /** Runs before it that were never started, counted up to `mostMissed`. */
  readonly missed: number;
  readonly next?: number;
}

export const mostMissed = 100;

/** The schedule must be a valid one. `zone`: of a schedule that names none. */
export function findDue({ metadata, spec, status }: RayCronJob, now: Date, zone: string): Due {
  const schedule = parseSchedule(spec.schedule);
  const timeZone = spec.timeZone ?? zone;
  const base = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp ?? now.toISOString());
  const at = lastTime(schedule, { after: base, until: now.getTime() }, timeZone);
  const next = nextTime(schedule, at ?? base, timeZone);
  const { startingDeadlineSeconds: seconds = Number.POSITIVE_INFINITY } = spec;
  return {
    until: (at ?? 0) + seconds * 1000,
    missed: at === undefined ? 0 : countTimes(schedule, { after: base, until: at - 1 }, timeZone, mostMissed + 1),
    ...(at !== undefined && { at }),
    ...(next !== undefined && { next }),
  };
}
