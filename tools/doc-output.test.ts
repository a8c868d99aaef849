import { expect, test } from "vitest";
import { missingFrom } from "./doc-output.ts";

const lines = (text: string) => text.split("\n");

test.each([
  ["the same", "a\nb", "a\nb"],
  ["nothing at all", "", ""],
  ["other blanks and blank lines at the ends", "\na   b \n\n", "a b"],
  ["other colours", "\u001b[32mok\u001b[39m", "ok"],
  ["another experiment and pod", "experiment-0a1b2c3d-4e5f-main-0-0-xk28g", "experiment-fbf1cb3b-7c31-main-0-0-bsmbx"],
  ["other durations, sizes and times", "19s 1.5 s 12 KiB at 10:11:12", "2m 3s 12 ms 3 MiB at 01:02:03"],
  ["anything within a line", "in /home/x/y done", "in … done"],
  ["no lines where any may be", "a\nb", "a\n…\nb"],
  ["many lines where any may be", "a\nx\ny\nb", "a\n…\nb"],
  ["any beginning and any end", "x\na\ny", "…\na\n…"],
])("equal: %s", (_, printed, shown) => {
  expect(missingFrom(lines(printed), lines(shown))).toBeUndefined();
});

test.each([
  ["a line that is missing", "a", "a\nb", "a\nb"],
  ["a line that was printed, too", "a\nb", "a", "the end: b was printed, too"],
  ["another figure", "3 pods", "4 pods", "4 pods"],
  ["lines in another order", "b\na", "…\na\n…\nb\n…", "b"],
  ["an end that is not the end", "a\nb\nc", "a\n…\nb", "b"],
  ["a beginning that is not the beginning", "x\na", "a\n…", "a"],
])("not equal: %s", (_, printed, shown, missing) => {
  expect(missingFrom(lines(printed), lines(shown))).toBe(missing);
});
