/** When attempts are made, how they become a verdict, and which do not count. */
import { describe, expect, test } from "vitest";
import type { Probe } from "../../api/core/pod.ts";
import { FakeClock, settled } from "../../testing/fake-clock.ts";
import { type ProbeTarget, startProbe } from "./probes.ts";

type Attempt = "good" | "bad" | "asleep";

/** Makes these attempts in turn, and tells what came of each, and at which second; until `stopAt`. */
async function toldOf(probe: Probe, attempts: readonly Attempt[], stopAt?: string): Promise<readonly string[]> {
  let sleeps = 0;
  const timers = new FakeClock(0);
  const clock = {
    now: () => timers.now(),
    after: (ms: number, callback: () => void) => timers.after(ms, callback),
    sleeps: () => sleeps,
  };
  const left = [...attempts];
  const target: ProbeTarget = {
    ip: "",
    container: { name: "c" },
    dial: () => Promise.reject(new Error("not asked for")),
    async exec() {
      const next = left.shift();
      if (next === "asleep") sleeps++;
      return { ok: next === "good", message: next ?? "one too many" };
    },
  };
  const told: string[] = [];
  const tell = (text: string) => {
    told.push(`${timers.now().getTime() / 1000} s: ${text}`);
    if (text === stopAt) loop.stop();
  };
  const loop = startProbe({ exec: { command: ["true"] }, ...probe }, target, clock, {
    succeeded: () => tell("succeeded"),
    failed: (message) => tell(`failed: ${message}`),
    attemptFailed: (message) => tell(message),
  });
  await timers.advanceAsync(0);
  while (left.length > 0 && timers.nextIn !== undefined) await timers.advanceAsync(timers.nextIn);
  await settled();
  loop.stop();
  expect(timers.pending).toBe(0);
  return told;
}

interface Row {
  readonly probe?: Probe;
  readonly attempts: readonly Attempt[];
  readonly told: readonly string[];
}

const groups: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  times: {
    "the first attempt comes at once, the others every ten seconds": {
      attempts: ["good", "good", "good"],
      told: ["0 s: succeeded", "10 s: succeeded", "20 s: succeeded"],
    },
    "the first attempt waits for the initial delay": {
      probe: { initialDelaySeconds: 30 },
      attempts: ["good", "good"],
      told: ["30 s: succeeded", "40 s: succeeded"],
    },
    "the period is the probe's": {
      probe: { periodSeconds: 3, initialDelaySeconds: 1 },
      attempts: ["bad", "good"],
      told: ["1 s: bad", "4 s: succeeded"],
    },
  },
  thresholds: {
    "an attempt that fails is told, and is no verdict yet": {
      attempts: ["bad", "good"],
      told: ["0 s: bad", "10 s: succeeded"],
    },
    "three failures in a row are one, unless the probe says otherwise": {
      attempts: ["bad", "bad", "bad"],
      told: ["0 s: bad", "10 s: bad", "20 s: bad", "20 s: failed: bad"],
    },
    "two are, where two are enough": {
      probe: { failureThreshold: 2 },
      attempts: ["bad", "bad"],
      told: ["0 s: bad", "10 s: bad", "10 s: failed: bad"],
    },
    "a success between them makes them count anew": {
      probe: { failureThreshold: 2 },
      attempts: ["bad", "good", "bad", "bad"],
      told: ["0 s: bad", "10 s: succeeded", "20 s: bad", "30 s: bad", "30 s: failed: bad"],
    },
    "each further failure is a verdict too": {
      probe: { failureThreshold: 1 },
      attempts: ["bad", "bad"],
      told: ["0 s: bad", "0 s: failed: bad", "10 s: bad", "10 s: failed: bad"],
    },
    "a success counts when there were enough of them": {
      probe: { successThreshold: 2 },
      attempts: ["good", "good"],
      told: ["10 s: succeeded"],
    },
    "a failure makes successes count anew": {
      probe: { successThreshold: 2 },
      attempts: ["good", "bad", "good", "good"],
      told: ["10 s: bad", "30 s: succeeded"],
    },
  },
  "a machine that sleeps": {
    "an attempt during which it slept does not count, and is made again at once": {
      attempts: ["asleep", "good"],
      told: ["0 s: succeeded"],
    },
    "nor does it between two others": {
      probe: { failureThreshold: 2 },
      attempts: ["bad", "asleep", "bad"],
      told: ["0 s: bad", "10 s: bad", "10 s: failed: bad"],
    },
  },
};

for (const [group, rows] of Object.entries(groups)) {
  describe(group, () => {
    test.each(Object.entries(rows))("%s", async (_, { probe = {}, attempts, told }) => {
      expect(await toldOf(probe, attempts)).toEqual(told);
    });
  });
}

test("after it is stopped no attempt is made, not even by its own verdict", async () => {
  expect(await toldOf({}, ["good", "good"], "succeeded")).toEqual(["0 s: succeeded"]);
});
