/** What a RayCronJob must not say, rule by rule: its name, its schedule, and what no RayJob may say either. Pure. */
import { type Check, first, validateName, when } from "../../api/ray/checks.ts";
import type { RayCronJob } from "../../api/ray/types.ts";
import { parseSchedule } from "../../machinery/cron/schedule.ts";
import { isTimeZone } from "../../machinery/cron/time-zone.ts";
import { nextTime } from "../../machinery/cron/times.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { invalid as invalidJob } from "../rayjob/validation.ts";
import { desiredRayJob } from "./ray-job.ts";

/** Its RayJobs' names are at most 47: 11 are for the time. */
const maxName = 36;

function checkSchedule(text: string, now: Date): Check {
  if (text.includes("TZ")) return "schedule: a time zone belongs in timeZone, not in the schedule";
  try {
    const never = nextTime(parseSchedule(text), now.getTime(), "UTC") === undefined;
    return when(never, `schedule: "${text}" never comes`);
  } catch (error) {
    return `schedule: ${(error as Error).message}`;
  }
}

function checkTemplate(root: RayCronJob, now: Date, options: RayOperatorOptions): Check {
  const found = invalidJob(desiredRayJob(root, now.getTime()), options);
  return found && `jobTemplate: ${found.text}`;
}

/** The first broken rule. */
export function validateRayCronJob(root: RayCronJob, now: Date, options: RayOperatorOptions): Check {
  const { metadata, spec } = root;
  const { schedule, timeZone } = spec;
  return first(
    // A name that is no name for a RayJob would only fail when the first is due.
    () => validateName("RayCronJob", metadata.name ?? "", maxName),
    () => checkSchedule(schedule, now),
    () => when(timeZone !== undefined && !isTimeZone(timeZone), `timeZone: "${timeZone}" is not a known time zone`),
    () => checkTemplate(root, now, options),
  );
}
