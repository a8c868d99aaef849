/** What schedules may say, and what is said of one that cannot be read. */
import { describe, expect, it } from "vitest";
import { type Fields, parseSchedule } from "./schedule.ts";

function fieldsOf(text: string): Fields {
  const schedule = parseSchedule(text);
  if (schedule.kind === "every") throw new Error("no fields");
  return schedule.fields;
}

describe("fields", () => {
  it.each<[string, string, keyof Fields, readonly number[]]>([
    ["a number", "5 0 * * *", "minutes", [5]],
    ["a list", "1,5,3 0 * * *", "minutes", [1, 5, 3]],
    ["a range", "0 8-11 * * *", "hours", [8, 9, 10, 11]],
    ["a step over all", "*/20 * * * *", "minutes", [0, 20, 40]],
    ["a step over a range", "0 9-17/4 * * *", "hours", [9, 13, 17]],
    ["a step from a number to the end", "0 0 20/5 * *", "days", [20, 25, 30]],
    ["a question mark is a star", "0 0 ? 1 *", "days", Array.from({ length: 31 }, (_, at) => at + 1)],
    ["names of months, in any case", "0 0 1 JAN,jul-Sep *", "months", [1, 7, 8, 9]],
    ["names of weekdays", "0 0 * * MON-FRI", "weekdays", [1, 2, 3, 4, 5]],
    ["more than one blank", " 0  7\t* * * ", "hours", [7]],
    ["a comma too many", "1,,2, 0 * * *", "minutes", [1, 2]],
  ])("%s: %s", (_, text, field, values) => {
    expect(fieldsOf(text)[field]).toEqual(new Set(values));
  });

  it.each<[string, boolean, boolean, boolean]>([
    ["0 0 * * *", true, true, false],
    ["0 0 1 * *", false, true, false],
    ["0 0 * * 1", true, false, false],
    ["0 0 */2 * 1", false, false, false],
    ["0 0 */1 * 1", true, false, false],
    ["* 0 * * *", true, true, true],
    ["0 */6 * * *", true, true, true],
    ["0 ? 1 * 1", false, false, true],
  ])("%s: any day %s, any weekday %s, repeating %s", (text, anyDay, anyWeekday, isRepeating) => {
    expect(fieldsOf(text)).toMatchObject({ anyDay, anyWeekday, isRepeating });
  });
});

describe("macros", () => {
  it.each([
    ["@yearly", "0 0 1 1 *"],
    ["@annually", "0 0 1 1 *"],
    ["@monthly", "0 0 1 * *"],
    ["@weekly", "0 0 * * 0"],
    ["@daily", "0 0 * * *"],
    ["@midnight", "0 0 * * *"],
    ["@hourly", "0 * * * *"],
  ])("%s is %s", (macro, text) => {
    expect(parseSchedule(macro)).toEqual(parseSchedule(text));
  });

  it.each([
    ["@every 90m", 5_400_000],
    ["@every 1h30m10s", 5_410_000],
    ["@every 1.9s", 1000],
    ["@every 10ms", 1000],
  ])("%s", (text, ms) => {
    expect(parseSchedule(text)).toEqual({ kind: "every", ms });
  });
});

it.each([
  ["", "it is empty"],
  ["  ", "it is empty"],
  ["* * * *", 'expected 5 fields (minute, hour, day of the month, month, weekday), got 4: "* * * *"'],
  ["0 0 0 1 1 *", 'expected 5 fields (minute, hour, day of the month, month, weekday), got 6: "0 0 0 1 1 *"'],
  ["60 * * * *", "minute 60 is not between 0 and 59"],
  ["* 24 * * *", "hour 24 is not between 0 and 23"],
  ["* * 0 * *", "day of the month 0 is not between 1 and 31"],
  ["* * * 13 *", "month 13 is not between 1 and 12"],
  ["* * * * 7", "weekday 7 is not between 0 and 6"],
  ["* * * * monday", 'weekday "monday" is not a number or a name'],
  ["-1 * * * *", 'minute "" is not a number'],
  ["x * * * *", 'minute "x" is not a number'],
  ["5-1 * * * *", 'minute "5-1" ends before it begins'],
  ["1-2-3 * * * *", 'minute "1-2-3" has too many of "/" or "-"'],
  ["*/2/2 * * * *", 'minute "*/2/2" has too many of "/" or "-"'],
  ["*/0 * * * *", 'minute "*/0" needs a positive number after "/"'],
  ["*/x * * * *", 'minute "*/x" needs a positive number after "/"'],
  ["*-5 * * * *", 'minute "*-5" is not a range'],
  [", * * * *", 'minute "," is empty'],
  ["* * L * *", 'day of the month "L" is not a number'],
  [
    "@fortnightly",
    '"@fortnightly" is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every DURATION',
  ],
  ["@every", '"@every" is none of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every DURATION'],
  ["@every soon", '"soon" after @every is not a positive duration such as 90m'],
  ["@every -5m", '"-5m" after @every is not a positive duration such as 90m'],
])("%j is refused", (text, message) => {
  expect(() => parseSchedule(text)).toThrow(new Error(message));
});
