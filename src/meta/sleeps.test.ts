/** What a sleep does to a time limit. */
import { expect, test } from "vitest";
import { addSleep, limitEnd, sleepsOf, sleptAnnotation } from "./sleeps.ts";

const object = (text?: string) => ({
  metadata: { name: "x", ...(text && { annotations: { [sleptAnnotation]: text } }) },
});
const night = "2026-01-01T22:00:00Z/2026-01-02T06:00:00Z";

const rows: Readonly<Record<string, readonly [slept: string | undefined, start: string, end: string, now?: string]>> = {
  "no sleep": [undefined, "2026-01-01T21:00:00Z", "2026-01-01T23:00:00Z"],
  "a sleep while it ran": [night, "2026-01-01T21:00:00Z", "2026-01-02T07:00:00Z"],
  "a start within a sleep": [night, "2026-01-02T05:00:00Z", "2026-01-02T08:00:00Z"],
  "a sleep before the start": [night, "2026-01-02T06:00:00Z", "2026-01-02T08:00:00Z"],
  "two sleeps": [`${night} 2026-01-02T06:30:00Z/2026-01-02T07:00:00Z`, "2026-01-01T21:00:00Z", "2026-01-02T07:30:00Z"],
  "a sleep that is written down before anybody sees its time": [
    night,
    "2026-01-01T21:00:00Z",
    "2026-01-01T23:00:00Z",
    "2026-01-01T22:00:00Z",
  ],
  "what is no interval": ["never", "2026-01-01T21:00:00Z", "2026-01-01T23:00:00Z"],
};

test.each(Object.entries(rows))("a limit of two hours: %s", (_, [slept, start, end, now = "2026-01-03T00:00:00Z"]) => {
  expect(limitEnd({ of: object(slept), start, seconds: 7200 }, new Date(now))).toBe(Date.parse(end));
});

test("a further sleep is written behind those before", () => {
  const sleep = { from: Date.parse("2026-01-02T07:00:00Z"), to: Date.parse("2026-01-02T07:30:00Z") };
  const text = addSleep(object(night), sleep);
  expect(text).toBe(`${night} 2026-01-02T07:00:00Z/2026-01-02T07:30:00Z`);
  expect(sleepsOf(object(text)).at(-1)).toEqual(sleep);
});
