import { expect, test } from "vitest";
import { splitOperands } from "./operands.ts";

test.each<[string, string[], string[], string[], string[]]>([
  ["without -- all words are the command's own", ["a"], ["run", "a", "-d"], ["a"], []],
  ["words after -- are the program's", ["a", "--lr", "3"], ["run", "a", "--", "--lr", "3"], ["a"], ["--lr", "3"]],
  ["also when the command has none of its own", ["--lr", "3"], ["run", "--", "--lr", "3"], [], ["--lr", "3"]],
  [
    "a second -- is a word of the program's",
    ["a", "x", "--", "y"],
    ["run", "a", "--", "x", "--", "y"],
    ["a"],
    ["x", "--", "y"],
  ],
  ["-- at the end brings none", ["a"], ["run", "a", "--"], ["a"], []],
])("%s", (_, operands, line, own, behind) => {
  expect(splitOperands(operands, line)).toEqual({ own, behind });
});
