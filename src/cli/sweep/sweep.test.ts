import { describe, expect, test } from "vitest";
import { gridTrials, sampleTrials } from "./expand-trials.ts";
import { seededRandom } from "../../machinery/seeded-random.ts";
import { parseParameter, type Space } from "./parse-parameter.ts";
import { planSweep } from "./plan-sweep.ts";
import { parseSweepFile } from "./sweep-file.ts";

const values = (...list: readonly string[]): Space => ({ type: "values", values: list });

describe("a parameter", () => {
  test.each<[string, Space]>([
    ["lr=1e-3,1e-4", values("1e-3", "1e-4")],
    ["seed=0..4", values("0", "1", "2", "3", "4")],
    ["size=8..32:8", values("8", "16", "24", "32")],
    ["seed=0..1,7", values("0", "1", "7")],
    ["model=small", values("small")],
    ["path=a..b", values("a..b")],
    ["empty=", values("")],
    ["equation=a=b", values("a=b")],
    ["lr=0.1..0.5", { type: "range", min: 0.1, max: 0.5, scale: "linear" }],
    ["lr=1e-5..1e-1:log", { type: "range", min: 1e-5, max: 1e-1, scale: "log" }],
  ])("%s", (text, space) => {
    expect(parseParameter(text)).toEqual({ name: text.slice(0, text.indexOf("=")), space });
  });

  test.each([
    ["lr", "expected NAME=VALUE,VALUE… or NAME=FIRST..LAST"],
    ["=1", "expected NAME=VALUE,VALUE… or NAME=FIRST..LAST"],
    ["a b=1", "expected NAME=VALUE,VALUE… or NAME=FIRST..LAST"],
    ["seed=4..0", "4 is not less than 0"],
    ["lr=0..1:log", "a logarithmic range must begin above 0"],
    ["lr=0.1..0.5:0.1", "a range with a step takes whole numbers"],
  ])("%s is refused", (text, message) => {
    expect(() => parseParameter(text)).toThrow(message);
  });
});

const parse = (...texts: readonly string[]) => texts.map(parseParameter);

describe("trials", () => {
  test("are every combination, the last parameter changing fastest", () => {
    expect(gridTrials(parse("lr=1e-3,1e-4", "seed=0..1"))).toEqual([
      { lr: "1e-3", seed: "0" },
      { lr: "1e-3", seed: "1" },
      { lr: "1e-4", seed: "0" },
      { lr: "1e-4", seed: "1" },
    ]);
  });

  test.each<[string, readonly string[], string]>([
    ["a range without end", ["lr=0.1..0.5"], "parameter lr is a continuous range and cannot be enumerated"],
    ["more than one can hold", ["a=1..100", "b=1..100"], "more than 5000 combinations"],
  ])("%s is refused", (_, texts, message) => {
    expect(() => gridTrials(parse(...texts))).toThrow(message);
  });

  test("drawn with one seed are the same, within their ranges, and no two alike", () => {
    const parameters = parse("lr=1e-5..1e-1:log", "width=0.5..1.5", "seed=0..4");
    const drawn = sampleTrials(parameters, 50, seededRandom(7));
    expect(drawn).toEqual(sampleTrials(parameters, 50, seededRandom(7)));
    expect(new Set(drawn.map((trial) => JSON.stringify(trial))).size).toBe(50);
    for (const { lr, width, seed } of drawn) {
      expect(Number(lr) >= 1e-5 && Number(lr) <= 1e-1).toBe(true);
      expect(Number(width) >= 0.5 && Number(width) <= 1.5).toBe(true);
      expect(["0", "1", "2", "3", "4"]).toContain(seed);
    }
    // Half of a logarithmic range lies below its geometric middle.
    const low = drawn.filter(({ lr }) => Number(lr) < 1e-3).length;
    expect(low > 12 && low < 38).toBe(true);
  });

  test("are no more than there are", () => {
    expect(sampleTrials(parse("seed=0..2"), 10, seededRandom(1))).toHaveLength(3);
  });
});

const file = `manifest: other.yaml
parameters:
  lr: [1e-3, 0.10]
  seed: 0..1
  width: { min: 1, max: 8, scale: log }
samples: 5
parallel: 3
pass: environment
arguments: [--epochs, 3]
`;

describe("a file", () => {
  test("has what the flags have, and its values stay as they are written", () => {
    expect(parseSweepFile(file, "sweep.yaml")).toEqual({
      manifest: "other.yaml",
      parameters: [
        { name: "lr", space: values("1e-3", "0.10") },
        { name: "seed", space: values("0", "1") },
        { name: "width", space: { type: "range", min: 1, max: 8, scale: "log" } },
      ],
      samples: "5",
      parallel: "3",
      pass: "environment",
      arguments: ["--epochs", "3"],
    });
  });

  test.each([
    ["parameter: {a: [1]}", "unknown field parameter; did you mean parameters?"],
    ["- a", "expected a mapping with the field parameters"],
    ["samples: 3", "parameters must map names to values"],
    ["parameters: {a: []}", "expected a list of values, FIRST..LAST, or min and max"],
    ["parameters: {a b: [1]}", "expected NAME=VALUE"],
    ["{parameters: {a: [1]}, samples: [1]}", "samples must be a single value"],
    ["parameters: {", "sweep.yaml:"],
  ])("%s is refused", (text, message) => {
    expect(() => parseSweepFile(text, "sweep.yaml")).toThrow(message);
  });
});

describe("what was asked for", () => {
  const none = () => 0;

  test("flags win over the file, parameter by parameter", () => {
    const plan = planSweep(
      { param: ["lr=1"], samples: "2", seed: "1", pass: "arguments" },
      parseSweepFile(file, "f"),
      none,
    );
    expect(plan.trials.map(({ lr }) => lr)).toEqual(["1", "1"]);
    expect(plan).toMatchObject({ parallelism: 3, passing: "Arguments" });
  });

  test.each<[string, Parameters<typeof planSweep>[0], string]>([
    ["no parameters", {}, "a sweep needs at least one parameter"],
    ["no places", { param: ["a=1"], parallel: "0" }, "parallel 0: expected a whole number of at least 1"],
    ["a fraction of samples", { param: ["a=1"], samples: "1.5" }, "samples 1.5: expected a whole number of at least 1"],
    ["another way", { param: ["a=1"], pass: "stdin" }, "pass stdin: expected arguments or environment"],
  ])("%s is refused", (_, choices, message) => {
    expect(() => planSweep(choices, undefined, none)).toThrow(message);
  });
});
