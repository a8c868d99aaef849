/**
 * When a schedule is due. A time of day comes once on every day that has it: where clocks skip it, at the moment of the
 * skip; where they show it twice, the first time. What repeats (a `*` in minutes or hours) follows the clock as it is. Pure.
 */
import type { Fields, Schedule } from "./schedule.ts";
import { changeBetween, firstAt, offsetAt } from "./time-zone.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** From one 29 February to the next there are eight years at most. */
const yearsAhead = 9;

function isDay({ days, weekdays, anyDay, anyWeekday }: Fields, date: Date): boolean {
  const byDay = days.has(date.getUTCDate());
  const byWeekday = weekdays.has(date.getUTCDay());
  return anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday;
}

/** The next wall time that matches, `from` included; undefined when none comes within years. */
function nextWall(fields: Fields, from: number): number | undefined {
  const limit = new Date(from).getUTCFullYear() + yearsAhead;
  let wall = Math.ceil(from / minuteMs) * minuteMs;
  for (;;) {
    const date = new Date(wall);
    const [year, month, day, hour] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours()];
    if (year > limit) return undefined;
    if (!fields.months.has(month + 1)) wall = Date.UTC(year, month + 1);
    else if (!isDay(fields, date)) wall = Date.UTC(year, month, day + 1);
    else if (!fields.hours.has(hour)) wall = Date.UTC(year, month, day, hour + 1);
    else if (!fields.minutes.has(date.getUTCMinutes())) wall += minuteMs;
    else return wall;
  }
}

function nextTimeOfDay(fields: Fields, after: number, zone: string): number | undefined {
  let wall = nextWall(fields, after + offsetAt(zone, after) + 1);
  while (wall !== undefined) {
    const at = firstAt(zone, wall);
    if (at > after) return at;
    wall = nextWall(fields, wall + minuteMs);
  }
  return undefined;
}

/** The first change of the zone's offset in (from, to], if there is one; two within a day would go unseen. */
function nextChange(zone: string, from: number, to: number): number | undefined {
  const before = offsetAt(zone, from);
  for (let [start, end] = [from, from]; start < to; start = end) {
    end = Math.min(start + dayMs, to);
    if (offsetAt(zone, end) !== before) return changeBetween(zone, start, end);
  }
  return undefined;
}

function nextRepeat(fields: Fields, after: number, zone: string): number | undefined {
  let from = after + 1;
  for (;;) {
    const ahead = offsetAt(zone, from);
    const wall = nextWall(fields, from + ahead);
    if (wall === undefined) return undefined;
    const change = nextChange(zone, from, wall - ahead);
    if (change === undefined) return wall - ahead;
    from = change;
  }
}

/** The next time, later than `after`, in milliseconds since 1970; undefined when it never comes. */
export function nextTime(schedule: Schedule, after: number, zone: string): number | undefined {
  if (schedule.kind === "every") return after + schedule.ms;
  const { fields } = schedule;
  return fields.isRepeating ? nextRepeat(fields, after, zone) : nextTimeOfDay(fields, after, zone);
}

export interface Span {
  /** Left out itself. */
  readonly after: number;
  /** Included. */
  readonly until: number;
}

/** The last time within a span. */
export function lastTime(schedule: Schedule, { after, until }: Span, zone: string): number | undefined {
  if (schedule.kind === "every") {
    const count = Math.floor((until - after) / schedule.ms);
    return count > 0 ? after + count * schedule.ms : undefined;
  }
  const dueAfter = (at: number) => {
    const next = nextTime(schedule, at, zone);
    return next !== undefined && next <= until ? next : undefined;
  };
  let last = dueAfter(after);
  // Times are whole seconds apart, and the later one starts the later is the next.
  let [low, high] = [last ?? until, until];
  while (last !== undefined && high - low > 1000) {
    const middle = Math.floor((low + high) / 2);
    const found = dueAfter(middle);
    if (found === undefined) high = middle;
    else low = last = found;
  }
  return last;
}

/** How many times there are within a span, counted up to `most`. */
export function countTimes(schedule: Schedule, { after, until }: Span, zone: string, most: number): number {
  let count = 0;
  for (let at = nextTime(schedule, after, zone); at !== undefined && at <= until && count < most; count++)
    at = nextTime(schedule, at, zone);
  return count;
}
