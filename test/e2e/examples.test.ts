/** The examples that train, on the real frameworks: who takes part, a loss that falls, one model on every rank. */
import { afterAll, describe, expect, test } from "vitest";
import { Windlass } from "./windlass.ts";

const windlass = new Windlass();
// Debian's PyTorch belongs to the system's Python, whichever comes first on the PATH of who runs the tests.
const system = new Windlass({ PATH: `/usr/bin:${process.env["PATH"]}` });
afterAll(async () => {
  await windlass.stop();
  await system.stop();
});

/** Runs a command that has to succeed; answers what it printed. */
async function printed(on: Windlass, ...args: readonly string[]): Promise<string> {
  const { status, output } = await on.run(...args);
  expect(status, output).toBe(0);
  return output;
}

/** Every match's group of that number. */
const groups = (text: string, pattern: RegExp, group = 1): readonly string[] =>
  [...text.matchAll(pattern)].map((match) => match[group] ?? "");

interface Training {
  readonly on: Windlass;
  /** Group 1 is the rank, which has to be the one of the host's name. */
  readonly member: RegExp;
  readonly loss: RegExp;
  /** What the last loss has to be below. */
  readonly below: number;
  /** Group 1 is the rank, group 2 is the same for all. */
  readonly verdict: RegExp;
}

const trainings: Readonly<Record<string, Training>> = {
  xgboost: {
    on: windlass,
    member: /rank (\d) of 3 on \S+-worker-\1-0, xgboost/g,
    loss: /log loss over 3 ranks (\S+)/g,
    below: 0.03,
    verdict: /rank (\d): (model [0-9a-f]{16}) of 10 rounds, same on all 3 ranks: True/g,
  },
  jax: {
    on: windlass,
    member: /process (\d) of 3 on \S+-worker-\1-0, 3 devices, jax/g,
    loss: /mean loss of 3 processes (\S+)/g,
    below: 0.2,
    verdict: /process (\d): (final loss \S+), same weights on all 3 processes: True/g,
  },
  pytorch: {
    on: system,
    member: /rank (\d) of 3 on \S+-worker-\1-0, torch/g,
    loss: /mean loss of 3 ranks (\S+)/g,
    below: 0.01,
    verdict: /rank (\d): final loss \S+, (same weights) on all 3 ranks: True/g,
  },
};

describe.each(Object.entries(trainings))(
  "windlass run examples/%s",
  (example, { on, member, loss, below, verdict }) => {
    test("trains over three pods, which all end with the same model", async () => {
      await printed(on, "run", `examples/${example}`);
      const logs = await printed(on, "logs", "latest", "--all");
      expect(new Set(groups(logs, member))).toEqual(new Set(["0", "1", "2"]));
      const losses = groups(logs, loss).map(Number);
      expect(losses.length).toBeGreaterThan(5);
      expect(losses).toEqual(losses.toSorted((a, b) => b - a));
      expect(losses.at(-1)).toBeLessThan(below);
      expect(new Set(groups(logs, verdict))).toEqual(new Set(["0", "1", "2"]));
      expect(new Set(groups(logs, verdict, 2)).size).toBe(1);
    });
  },
);

describe("windlass run examples/kuberay-tune", () => {
  test("tries six combinations on both pods of the worker group, and finds the best", async () => {
    const logs = await printed(windlass, "run", "examples/kuberay-tune");
    const trial = /rate (\S+ +momentum \S+) {2}passes \d {2}loss (\S+) {2}on trials (\S+)/g;
    expect(new Set(groups(logs, trial)).size).toBe(6);
    expect(new Set(groups(logs, trial, 3)).size).toBe(2);
    const losses = groups(logs, trial, 2).map(Number);
    expect(losses).toEqual(losses.toSorted((a, b) => a - b));
    expect(losses[0]).toBeLessThan(0.001);
    expect(logs).toContain("trials 6, failed 0, nodes 2");
    expect(groups(logs, /result: best rate 0\.03, momentum \S+, loss (\S+)/g).map(Number)).toEqual([losses[0]]);
  });
});
