import { expect, test } from "vitest";
import { makeFormat, parseEntry } from "./entries.ts";

interface Row {
  readonly file: readonly string[];
  readonly text: string;
  readonly timed: string;
}

const rows: Readonly<Record<string, Row>> = {
  nothing: { file: [], text: "", timed: "" },
  "whole lines": { file: ["1 stdout F a b", "2 stderr F c"], text: "a b\nc\n", timed: "1 a b\n2 c\n" },
  "an empty line": { file: ["1 stdout F "], text: "\n", timed: "1 \n" },
  "a line in parts": { file: ["1 stdout P a", "2 stdout P b", "3 stdout F c"], text: "abc\n", timed: "1 abc\n" },
  "a line whose end came late": { file: ["1 stdout P a", "2 stdout F "], text: "a\n", timed: "1 a\n" },
  "two streams that both end without a newline": {
    file: ["1 stdout P out", "2 stderr P err"],
    text: "out\nerr",
    timed: "1 out\n2 err",
  },
  "a line that another stream breaks": {
    file: ["1 stderr P 10 %", "2 stdout F epoch 1", "3 stderr P 20 %", "4 stderr F "],
    text: "10 %\nepoch 1\n20 %\n",
    timed: "1 10 %\n2 epoch 1\n3 20 %\n",
  },
};

test.each(Object.entries(rows))("%s", (_, { file, text, timed }) => {
  const entries = file.flatMap((line) => parseEntry(Buffer.from(line)) ?? []);
  const read = (timestamps: boolean) => Buffer.concat(entries.map(makeFormat(timestamps))).toString();
  expect(read(false)).toBe(text);
  expect(read(true)).toBe(timed);
});

test("what is no entry is left out", () => expect(parseEntry(Buffer.from("no"))).toBeUndefined());
