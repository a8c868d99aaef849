import { expect, test } from "vitest";
import type { Experiment } from "../../api/experiment/types.ts";
import { type FilterFlags, matchesWords, parseFilter } from "./filter.ts";

const now = new Date("2026-01-10T00:00:00Z");

const makeExperiment = (
  name: string,
  created: string,
  status: Experiment["status"] = {},
  labels: Readonly<Record<string, string>> = {},
): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name, creationTimestamp: `2026-01-${created}T00:00:00Z`, labels },
  spec: { manifest: "", message: `Tune ${name}` },
  status,
});

const all = [
  makeExperiment("new", "10", undefined, { team: "vision" }),
  makeExperiment("running", "09", { state: "Processing", step: "Running" }),
  makeExperiment("failed", "08", {
    state: "Failed",
    step: "Finished",
    reason: "OutOfMemory",
    endTime: "2026-01-09T12:00:00Z",
  }),
  makeExperiment(
    "old",
    "01",
    { state: "Succeeded", step: "Finished", endTime: "2026-01-02T00:00:00Z" },
    { team: "text" },
  ),
];
const names = (experiments: readonly Experiment[]) => experiments.map(({ metadata }) => metadata.name);

test.each<[string, FilterFlags, readonly string[]]>([
  ["a state", { state: "Failed" }, ["failed"]],
  ["states, whatever their case", { state: "failed, SUCCEEDED" }, ["failed", "old"]],
  ["what has no state yet is in process", { state: "Processing" }, ["new", "running"]],
  ["a step", { state: "Running" }, ["running"]],
  ["a label", { label: ["team=vision"] }, ["new"]],
  ["a label that is there", { label: ["team"] }, ["new", "old"]],
  ["a label that is not there, and a state", { label: ["!team"], state: "Failed" }, ["failed"]],
  ["what was created lately", { since: "36h" }, ["new", "running"]],
  ["what ended long ago", { olderThan: "7d" }, ["old"]],
  ["what ended a while ago: its end counts, not its start", { olderThan: "1d" }, ["running", "old"]],
])("by %s", (_, flags, wanted) => {
  const filter = parseFilter(flags, now);
  expect(names(all.filter((experiment) => filter?.(experiment)))).toEqual(wanted);
});

test("no flags, no filter", () => expect(parseFilter({}, now)).toBeUndefined());

test.each<[FilterFlags, string]>([
  [{ state: "Broken" }, "--state Broken: expected Processing, Succeeded"],
  [{ since: "week" }, "--since week: expected a duration such as 30m, 24h or 7d"],
  [{ olderThan: "" }, "--older-than : expected a duration"],
  [{ label: ["=x"] }, "--label =x: "],
])("refused: %j", (flags, message) => expect(() => parseFilter(flags, now)).toThrow(message));

test.each<[readonly string[], readonly string[]]>([
  [[], ["new", "running", "failed", "old"]],
  [["tune"], ["new", "running", "failed", "old"]],
  [["outofmemory"], ["failed"]],
  [["tune", "vision"], ["new"]],
  [["nothing"], []],
])("by the words %j", (words, wanted) =>
  expect(names(all.filter((experiment) => matchesWords(experiment, words)))).toEqual(wanted),
);
