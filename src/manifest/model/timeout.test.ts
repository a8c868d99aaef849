import { expect, it } from "vitest";
import { deadlineOf, parseTimeout } from "./timeout.ts";

it.each([
  ["1w 2d 5h 6m 20s", 795_980],
  ["90m", 5400],
  [" 1d  1s ", 86_401],
  ["5m 1h", 3900],
  ["", undefined],
  ["90", undefined],
  ["1h 1h", undefined],
  ["1h30m", undefined],
  ["0s", undefined],
  ["-1h", undefined],
  ["1y", undefined],
])("%j is %s seconds", (text, seconds) => {
  expect(parseTimeout(text)).toBe(seconds);
});

it.each([
  ["nothing", {}, undefined],
  ["seconds", { activeDeadlineSeconds: 5 }, 5],
  ["timeout wins", { timeout: "1m", activeDeadlineSeconds: 5 }, 60],
])("the deadline of %s", (_, spec, seconds) => {
  expect(deadlineOf(spec)).toBe(seconds);
});
