import { expect, test } from "vitest";
import { type Compared, compareTable, formatCsv } from "./compare-table.ts";

const one = (name: string, more: Partial<Compared> = {}, metrics: Readonly<Record<string, number>> = {}): Compared => ({
  experiment: {
    apiVersion: "windlass.dev/v1alpha1",
    kind: "Experiment",
    metadata: { name },
    spec: { manifest: "" },
    status: { state: "Succeeded" },
  },
  parameters: {},
  seconds: 1,
  metrics: new Map(Object.entries(metrics).map(([key, value]) => [key, { value }])),
  outputs: "none",
  ...more,
});

const all = [
  one("a", { parameters: { lr: "1e-3" } }, { loss: 0.5, step: 9 }),
  one("b", { parameters: { lr: "1e-4" } }, { loss: 0.25, acc: 0.9 }),
  one("c", { parameters: { lr: "1e-2", seed: "1" } }),
];
const names = (sort: string, most?: number) => compareTable(all, { sort, most }).rows.map(([name]) => name);

test("columns are all parameters, and all metrics but counters", () => {
  expect(compareTable(all)).toEqual({
    columns: ["name", "state", "lr", "seed", "seconds", "loss", "acc", "outputs"],
    rows: [
      ["a", "Succeeded", "1e-3", undefined, 1, 0.5, undefined, "none"],
      ["b", "Succeeded", "1e-4", undefined, 1, 0.25, 0.9, "none"],
      ["c", "Succeeded", "1e-2", "1", 1, undefined, undefined, "none"],
    ],
  });
});

test.each<[string, string, readonly string[]]>([
  ["a metric, the lowest first, what has none last", "loss", ["b", "a", "c"]],
  ["the highest first", "-loss", ["a", "b", "c"]],
  ["a parameter by its size", "lr", ["b", "a", "c"]],
  ["a name", "-name", ["c", "b", "a"]],
])("rows are sorted by %s", (_, sort, wanted) => {
  expect(names(sort)).toEqual(wanted);
});

test("of many metrics the first ones are shown, and the one that is sorted by", () => {
  expect(compareTable(all, { most: 1 }).columns).not.toContain("acc");
  expect(compareTable(all, { most: 1, sort: "acc" }).columns).toContain("acc");
  expect(compareTable(all, { metrics: ["acc"] }).columns).toEqual([
    "name",
    "state",
    "lr",
    "seed",
    "seconds",
    "acc",
    "outputs",
  ]);
});

test("a column that is not there cannot be sorted by", () => {
  expect(() => compareTable(all, { sort: "f1" })).toThrow('unknown column "f1"');
});

test("CSV quotes what needs it", () => {
  const table = compareTable([one('say "hi"', { outputs: "2 files, 1 KiB" })]);
  expect(formatCsv(table)).toBe('name,state,seconds,outputs\n"say ""hi""",Succeeded,1,"2 files, 1 KiB"');
});
