import { expect, test } from "vitest";
import { parseLabelChanges, parseLabels } from "./labels.ts";

test.each<[readonly string[], Readonly<Record<string, string | null>>]>([
  [[], {}],
  [["team=vision"], { team: "vision" }],
  [["team-"], { team: null }],
  [["a-b=c.d", "best="], { "a-b": "c.d", best: "" }],
  [["example.com/run=3"], { "example.com/run": "3" }],
])("%j", (texts, wanted) => expect(parseLabelChanges(texts)).toEqual(wanted));

test.each([["team"], ["=x"], ["team=two words"], ["windlass.dev/experiment=x"], ["windlass.dev/experiment-"]])(
  "refused: %s",
  (text) => expect(() => parseLabelChanges([text])).toThrow(`label ${text}: `),
);

test("an experiment begins with labels, not without them", () => {
  expect(parseLabels(["team=vision"])).toEqual({ team: "vision" });
  expect(() => parseLabels(["team-"])).toThrow("expected key=value");
});
