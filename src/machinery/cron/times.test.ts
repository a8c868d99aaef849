/** When schedules are due: on the days on which clocks change, over years, and against a walk over every minute. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSchedule } from "./schedule.ts";
import { countTimes, lastTime, nextTime } from "./times.ts";
import { isTimeZone } from "./time-zone.ts";

const ms = (time: string) => Date.parse(time);
const iso = (at: number | undefined) => at && new Date(at).toISOString().replace(":00.000Z", "Z");

function next(text: string, zone: string, after: string, count = 1): readonly (string | number | undefined)[] {
  const schedule = parseSchedule(text);
  const found: (number | undefined)[] = [];
  let at: number | undefined = ms(after);
  while (found.length < count && at !== undefined) found.push((at = nextTime(schedule, at, zone)));
  return found.map(iso);
}

describe("on days without a change", () => {
  it.each<[string, string, string, readonly (string | undefined)[]]>([
    ["0 0 * * *", "UTC", "2026-01-01T00:00:00Z", ["2026-01-02T00:00Z", "2026-01-03T00:00Z"]],
    ["0 0 * * *", "UTC", "2025-12-31T23:59:59.999Z", ["2026-01-01T00:00Z"]],
    ["30 9 * * 1-5", "Asia/Kolkata", "2026-01-02T12:00:00Z", ["2026-01-05T04:00Z", "2026-01-06T04:00Z"]],
    ["0 0 13 * 5", "UTC", "2026-03-01T00:00:00Z", ["2026-03-06T00:00Z", "2026-03-13T00:00Z", "2026-03-20T00:00Z"]],
    ["0 0 31 * *", "UTC", "2026-01-31T00:00:00Z", ["2026-03-31T00:00Z", "2026-05-31T00:00Z"]],
    ["0 12 29 2 *", "UTC", "2096-03-01T00:00:00Z", ["2104-02-29T12:00Z"]],
    ["0 0 30 2 *", "UTC", "2026-01-01T00:00:00Z", [undefined]],
    ["*/7 * 30 2 *", "UTC", "2026-01-01T00:00:00Z", [undefined]],
    ["@every 90s", "UTC", "2026-01-01T00:00:30Z", ["2026-01-01T00:02Z", "2026-01-01T00:03:30.000Z"]],
  ])("%s in %s, after %s", (text, zone, after, times) => {
    expect(next(text, zone, after, times.length)).toEqual(times);
  });
});

describe("when clocks go forward over 02:00 to 03:00 (New York, 8 March 2026, 07:00 UTC)", () => {
  it.each<[string, string, readonly string[]]>([
    ["a time that is skipped comes at the skip", "30 2 * * *", ["2026-03-08T07:00Z", "2026-03-09T06:30Z"]],
    ["two skipped times are one", "0,30 2 * * *", ["2026-03-08T07:00Z", "2026-03-09T06:00Z"]],
    ["what comes right after the skip comes once", "30 2,3 * * *", ["2026-03-08T07:00Z", "2026-03-08T07:30Z"]],
    ["a time that is not skipped is as ever", "30 3 * * *", ["2026-03-08T07:30Z", "2026-03-09T07:30Z"]],
    [
      "every hour leaves the skipped one out",
      "30 * * * *",
      ["2026-03-08T05:30Z", "2026-03-08T06:30Z", "2026-03-08T07:30Z"],
    ],
    ["every other hour does, too", "30 */2 * * *", ["2026-03-08T05:30Z", "2026-03-08T08:30Z"]],
    ["every minute of the skipped hour has none", "* 2 * * *", ["2026-03-09T06:00Z"]],
  ])("%s: %s", (_, text, times) => {
    expect(next(text, "America/New_York", "2026-03-08T05:00:00Z", times.length)).toEqual(times);
  });
});

describe("when clocks go back from 02:00 to 01:00 (New York, 1 November 2026, 06:00 UTC)", () => {
  it.each<[string, string, readonly string[]]>([
    ["a time that comes twice is the first", "30 1 * * *", ["2026-11-01T05:30Z", "2026-11-02T06:30Z"]],
    ["every hour runs in both", "30 * * * *", ["2026-11-01T05:30Z", "2026-11-01T06:30Z", "2026-11-01T07:30Z"]],
    [
      "every minute of the doubled hour is 120",
      "*/30 1 * * *",
      ["2026-11-01T05:00Z", "2026-11-01T05:30Z", "2026-11-01T06:00Z", "2026-11-01T06:30Z", "2026-11-02T06:00Z"],
    ],
  ])("%s: %s", (_, text, times) => {
    expect(next(text, "America/New_York", "2026-11-01T04:30:00Z", times.length)).toEqual(times);
  });
});

describe("other zones", () => {
  it.each<[string, string, string, string, readonly string[]]>([
    [
      "half an hour is skipped",
      "15 2 * * *",
      "Australia/Lord_Howe",
      "2026-10-03T00:00:00Z",
      ["2026-10-03T15:30Z", "2026-10-04T15:15Z"],
    ],
    [
      "a whole day is skipped: it comes as the next one begins",
      "0 12 30 12 *",
      "Pacific/Apia",
      "2011-12-01T00:00:00Z",
      ["2011-12-30T10:00Z", "2012-12-29T22:00Z"],
    ],
    [
      "clocks change at midnight",
      "0 0 * * *",
      "Africa/Cairo",
      "2026-04-22T22:00:00Z",
      ["2026-04-23T22:00Z", "2026-04-24T21:00Z"],
    ],
  ])("%s: %s in %s", (_, text, zone, after, times) => {
    expect(next(text, zone, after, times.length)).toEqual(times);
  });

  it.each([
    ["Europe/Berlin", true],
    ["UTC", true],
    ["EST5EDT", true],
    ["Europe/Atlantis", false],
    ["+02:00", false],
    ["", false],
  ])("%j is a time zone: %s", (name, known) => {
    expect(isTimeZone(name)).toBe(known);
  });
});

describe("the last one", () => {
  it.each<[string, string, string, string, string | undefined]>([
    ["none is due", "0 0 * * *", "2026-01-01T00:00:00Z", "2026-01-01T23:59:59Z", undefined],
    ["one is due right now", "0 0 * * *", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T00:00Z"],
    ["many were missed", "*/5 * * * *", "2020-01-01T00:00:00Z", "2026-01-02T00:04:59Z", "2026-01-02T00:00Z"],
    ["they were missed long ago", "* * * 1 *", "2020-01-01T00:00:00Z", "2026-12-31T00:00:00Z", "2026-01-31T23:59Z"],
    ["of an interval", "@every 7m", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "2026-01-01T00:56Z"],
    ["of an interval that is not over", "@every 7m", "2026-01-01T00:00:00Z", "2026-01-01T00:06:59Z", undefined],
  ])("%s: %s", (_, text, after, until, last) => {
    expect(iso(lastTime(parseSchedule(text), { after: ms(after), until: ms(until) }, "UTC"))).toBe(last);
  });

  it("is counted with those before it, up to a limit", () => {
    const span = { after: ms("2026-01-01T00:00:00Z"), until: ms("2026-01-02T00:00:00Z") };
    const count = (text: string, most: number) => countTimes(parseSchedule(text), span, "UTC", most);
    expect([count("0 * * * *", 100), count("* * * * *", 100), count("0 0 3 * *", 100)]).toEqual([24, 100, 0]);
  });
});

/** The calendar's own word for what clocks show, field by field: no arithmetic with offsets. */
function clockAt(format: Intl.DateTimeFormat, at: number): number {
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts as Record<string, number>;
  return Date.UTC(year, month - 1, day, hour, minute);
}

const minute = 60_000;
const shown = new Map<string, number>();

/** Every minute of three days, one after the other. */
function walk(text: string, zone: string, after: number, minutes: number): readonly number[] {
  const schedule = parseSchedule(text);
  if (schedule.kind === "every") throw new Error("not walked");
  const { minutes: m, hours, days, months, weekdays, anyDay, anyWeekday, isRepeating } = schedule.fields;
  const matches = (wall: number) => {
    const date = new Date(wall);
    const [byDay, byWeekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
    const isDay = anyDay ? byWeekday : anyWeekday ? byDay : byDay || byWeekday;
    return m.has(date.getUTCMinutes()) && hours.has(date.getUTCHours()) && months.has(date.getUTCMonth() + 1) && isDay;
  };
  const numeric = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" } as const;
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...numeric });
  const clock = (at: number) => {
    const key = `${zone} ${at}`;
    const wall = shown.get(key) ?? clockAt(format, at);
    shown.set(key, wall);
    return wall;
  };
  const found: number[] = [];
  let latest = clock(after - 1440 * minute);
  for (let at = after - 1439 * minute; at <= after + minutes * minute; at += minute) {
    const wall = clock(at);
    const isNew = wall > latest;
    const skipped = Array.from(
      { length: Math.max(0, (wall - latest) / minute - 1) },
      (_, n) => latest + (n + 1) * minute,
    );
    const isDue = isRepeating ? matches(wall) : isNew && (matches(wall) || skipped.some(matches));
    if (isDue && at > after) found.push(at);
    latest = Math.max(latest, wall);
  }
  return found;
}

const value = (min: number, max: number) => fc.integer({ min, max });
const part = (min: number, max: number) =>
  fc.oneof(
    fc.constantFrom("*", "*"),
    value(2, 15).map((step) => `*/${step}`),
    value(min, max).map(String),
    fc.tuple(value(min, max), value(min, max)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.tuple(value(min, max), value(1, 9)).map(([a, step]) => `${a}/${step}`),
    fc.array(value(min, max), { minLength: 1, maxLength: 4 }).map((list) => list.join(",")),
  );
const texts = fc
  .tuple(part(0, 59), part(0, 23), part(1, 31), fc.constantFrom("*", "3,4", "10-12"), part(0, 6))
  .map((fields) => fields.join(" "));
const moments = fc.constantFrom<[string, string]>(
  ["America/New_York", "2026-03-07T18:00Z"],
  ["America/New_York", "2026-10-31T18:00Z"],
  ["Europe/Berlin", "2026-03-28T18:00Z"],
  ["Europe/Berlin", "2026-10-24T18:00Z"],
  ["Australia/Lord_Howe", "2026-04-04T06:00Z"],
  ["Australia/Lord_Howe", "2026-10-03T06:00Z"],
  ["Africa/Cairo", "2026-04-23T12:00Z"],
  ["Africa/Casablanca", "2026-03-21T18:00Z"],
  ["America/St_Johns", "2026-11-01T00:00Z"],
  ["Pacific/Apia", "2011-12-29T18:00Z"],
  ["Asia/Kathmandu", "2026-03-31T18:00Z"],
  ["UTC", "2026-02-28T18:00Z"],
);

it("is what a walk over every minute finds, in every zone and on the days of changes", () => {
  fc.assert(
    fc.property(texts, moments, value(0, 720), (text, [zone, day], later) => {
      const after = ms(day) + later * minute;
      const wanted = walk(text, zone, after, 2880);
      const schedule = parseSchedule(text);
      const found: number[] = [];
      let at = nextTime(schedule, after, zone);
      for (; at !== undefined && at <= after + 2880 * minute; at = nextTime(schedule, at, zone)) found.push(at);
      expect(found.map(iso)).toEqual(wanted.map(iso));
      const span = { after, until: after + 2880 * minute };
      expect(iso(lastTime(schedule, span, zone))).toBe(iso(wanted.at(-1)));
    }),
    { numRuns: 150 },
  );
});
