/**
 * Schedules in the notation of cron: five fields, or one of `@hourly`, `@daily`, …, `@every 90m`. The rules are those of
 * Go's robfig/cron ("standard"), which Kubernetes' CronJob and KubeRay use. Pure.
 */
import { parseGoDuration } from "../duration.ts";

export interface Fields {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  /** Days and weekdays are alternatives only when both are restricted: `0 0 13 * 5` is the 13th and every Friday. */
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
  /** The minute or the hour is a `*`: it runs every so often, not at a time of day. */
  readonly isRepeating: boolean;
}

export type Schedule =
  | { readonly kind: "fields"; readonly fields: Fields }
  | { readonly kind: "every"; readonly ms: number };

interface Range {
  readonly what: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const ranges: readonly Range[] = [
  { what: "minute", min: 0, max: 59 },
  { what: "hour", min: 0, max: 23 },
  { what: "day of the month", min: 1, max: 31 },
  {
    what: "month",
    min: 1,
    max: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { what: "weekday", min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

const macros: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

function numberOf(text: string, { what, min, max, names = [] }: Range): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + min;
  if (!/^\d+$/.test(text)) throw new Error(`${what} "${text}" is not a number${names.length > 0 ? " or a name" : ""}`);
  const value = Number(text);
  if (value < min || value > max) throw new Error(`${what} ${text} is not between ${min} and ${max}`);
  return value;
}

interface Part {
  readonly values: readonly number[];
  /** Every value: not `*` in steps. */
  readonly isAny: boolean;
  readonly hasStar: boolean;
}

const isStar = (text: string) => text === "*" || text === "?";

/** `7`, `1-5`, `*`, and each of them with a step; `7/2` goes on to the end of the range. */
function parsePart(text: string, range: Range): Part {
  const [span = "", stepText, ...more] = text.split("/");
  const [from = "", to, ...rest] = span.split("-");
  if (more.length > 0 || rest.length > 0) throw new Error(`${range.what} "${text}" has too many of "/" or "-"`);
  const step = stepText === undefined ? 1 : Number(/^\d+$/.test(stepText) ? stepText : 0);
  if (step < 1) throw new Error(`${range.what} "${text}" needs a positive number after "/"`);
  const hasStar = isStar(from);
  if (hasStar && to !== undefined) throw new Error(`${range.what} "${text}" is not a range`);
  const start = hasStar ? range.min : numberOf(from, range);
  const last = to === undefined ? (hasStar || stepText !== undefined ? range.max : start) : numberOf(to, range);
  if (last < start) throw new Error(`${range.what} "${text}" ends before it begins`);
  const values = Array.from({ length: Math.floor((last - start) / step) + 1 }, (_, at) => start + at * step);
  return { values, isAny: hasStar && step === 1, hasStar };
}

interface Field {
  readonly values: ReadonlySet<number>;
  readonly isAny: boolean;
  readonly hasStar: boolean;
}

function parseField(text: string, range: Range): Field {
  const parts = text
    .split(",")
    .filter((part) => part !== "")
    .map((part) => parsePart(part, range));
  if (parts.length === 0) throw new Error(`${range.what} "${text}" is empty`);
  return {
    values: new Set(parts.flatMap(({ values }) => values)),
    isAny: parts.some(({ isAny }) => isAny),
    hasStar: parts.some(({ hasStar }) => hasStar),
  };
}

function parseFields(text: string): Schedule {
  const texts = text.split(/\s+/).filter((field) => field !== "");
  if (texts.length !== ranges.length)
    throw new Error(
      `expected 5 fields (minute, hour, day of the month, month, weekday), got ${texts.length}: "${text}"`,
    );
  const fields = texts.map((field, at) => parseField(field, ranges[at] as Range));
  const [minute, hour, day, month, weekday] = fields as [Field, Field, Field, Field, Field];
  return {
    kind: "fields",
    fields: {
      minutes: minute.values,
      hours: hour.values,
      days: day.values,
      months: month.values,
      weekdays: weekday.values,
      anyDay: day.isAny,
      anyWeekday: weekday.isAny,
      isRepeating: minute.hasStar || hour.hasStar,
    },
  };
}

function parseMacro(text: string): Schedule {
  const fields = macros[text];
  if (fields !== undefined) return parseFields(fields);
  const [, duration] = /^@every (.*)$/.exec(text) ?? [];
  if (duration === undefined)
    throw new Error(`"${text}" is none of ${Object.keys(macros).join(", ")}, @every DURATION`);
  const ms = parseGoDuration(duration);
  if (ms === undefined || ms <= 0) throw new Error(`"${duration}" after @every is not a positive duration such as 90m`);
  return { kind: "every", ms: Math.max(1, Math.floor(ms / 1000)) * 1000 };
}

/** Throws an Error that says what is wrong with it. */
export function parseSchedule(text: string): Schedule {
  if (text.trim() === "") throw new Error("it is empty");
  return text.startsWith("@") ? parseMacro(text) : parseFields(text);
}
