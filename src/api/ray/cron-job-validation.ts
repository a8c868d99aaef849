/** What a RayCronJob must not say of its own, rule by rule; what its jobTemplate may say is what a RayJob may. Pure. */
import { parseSchedule } from "../../machinery/cron/schedule.ts";
import { isTimeZone } from "../../machinery/cron/time-zone.ts";
import { nextTime } from "../../machinery/cron/times.ts";
import { type Check, first, validateName, when } from "./checks.ts";
import type { RayCronJob } from "./types.ts";

/** Its RayJobs' names are at most 47: 11 are for the time. */
const maxName = 36;

function checkSchedule(text: string): Check {
  if (text.includes("TZ")) return "schedule: a time zone belongs in timeZone, not in the schedule";
  try {
    const never = nextTime(parseSchedule(text), 0, "UTC") === undefined;
    return when(never, `schedule: "${text}" never comes`);
  } catch (error) {
    return `schedule: ${(error as Error).message}`;
  }
}

/** The first broken rule. */
export function validateRayCronJob({ metadata, spec: { schedule, timeZone } }: RayCronJob): Check {
  return first(
    // A name that is no name for a RayJob would only fail when the first is due.
    () => validateName("RayCronJob", metadata.name ?? "", maxName),
    () => checkSchedule(schedule),
    () => when(timeZone !== undefined && !isTimeZone(timeZone), `timeZone: "${timeZone}" is not a known time zone`),
  );
}
