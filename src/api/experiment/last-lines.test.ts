import { expect, test } from "vitest";
import { addLastLines, appendLog, splitLastLines } from "./last-lines.ts";

test.each<[string, string | undefined, string, readonly string[]]>([
  ["nothing was said", undefined, "it ended", []],
  ["blanks only", " \n\n", "it ended", []],
  ["one line belongs to the sentence", "  no data at /data\n", "it ended: no data at /data", []],
  [
    "several are a log",
    "Traceback:\n\n  File x\nValueError: y\n",
    "it ended",
    ["Traceback:", "  File x", "ValueError: y"],
  ],
])("last words: %s", (_, said, message, lines) => {
  expect(splitLastLines(addLastLines("it ended", said))).toEqual({ message, lines });
});

test("of a long log the end is kept", () => {
  const log = Array.from({ length: 90 }, (_, at) => `line ${at}`);
  const { lines } = splitLastLines(appendLog("it ended", log));
  expect(lines).toHaveLength(20);
  expect(lines.at(-1)).toBe("line 89");
  expect(appendLog("", ["x".repeat(9000)]).length).toBeLessThan(2100);
});
