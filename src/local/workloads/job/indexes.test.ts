import { expect, it } from "vitest";
import { countCommon, countIndexes, formatIndexes, hasIndex, parseIndexes, withIndexes } from "./indexes.ts";

const rows: Record<string, [text: string, completions: number, printed: string, count: number]> = {
  "nothing succeeded": ["", 5, "", 0],
  "neighbours join": ["0,1,2", 5, "0-2", 3],
  "two neighbours stay a pair": ["3-4", 5, "3,4", 2],
  "gaps stay": ["0,2-4,7", 10, "0,2-4,7", 5],
  "out of range is dropped": ["2-9,12", 4, "2,3", 2],
  "parts that are no numbers are dropped": ["a,1,-", 4, "1", 1],
};

for (const [name, [text, completions, printed, count]] of Object.entries(rows)) {
  it(name, () => {
    const set = parseIndexes(text, completions);
    expect(formatIndexes(set)).toBe(printed);
    expect(countIndexes(set)).toBe(count);
  });
}

it("adds indexes and finds them", () => {
  const set = withIndexes(parseIndexes("0,4-6", 10), [5, 1, 9]);
  expect(formatIndexes(set)).toBe("0,1,4-6,9");
  expect([0, 3, 5, 9, 10].map((index) => hasIndex(set, index))).toEqual([true, false, true, true, false]);
});

it("counts what two sets share", () => {
  expect(countCommon(parseIndexes("0-3,6-9", 20), parseIndexes("2-7,9,12", 20))).toBe(5);
  expect(countCommon([], parseIndexes("1", 20))).toBe(0);
});
