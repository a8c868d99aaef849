/** How attempts become a verdict, and which attempts do not count. */
import { expect, test } from "vitest";
import { FakeClock, settled } from "../../testing/fake-clock.ts";
import { type ProbeTarget, startProbe } from "./probes.ts";

type Attempt = "good" | "bad" | "asleep";

/** Makes these attempts in turn, one every ten seconds, and tells what came of each. */
async function verdictsOf(attempts: readonly Attempt[]): Promise<readonly string[]> {
  let sleeps = 0;
  const timers = new FakeClock();
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
      return { ok: next === "good", message: next ?? "" };
    },
  };
  const verdicts: string[] = [];
  const probe = startProbe({ exec: { command: ["true"] }, failureThreshold: 2 }, target, clock, {
    succeeded: () => verdicts.push("succeeded"),
    failed: () => verdicts.push("failed"),
    attemptFailed: (message) => verdicts.push(message),
  });
  await timers.advanceAsync(0);
  while (left.length > 0) await timers.advanceAsync(timers.nextIn ?? 0);
  await settled();
  probe.stop();
  return verdicts;
}

const rows: Readonly<Record<string, readonly [readonly Attempt[], readonly string[]]>> = {
  "an attempt that fails is told, and is no verdict yet": [
    ["bad", "good"],
    ["bad", "succeeded"],
  ],
  "two in a row are one": [
    ["bad", "bad"],
    ["bad", "bad", "failed"],
  ],
  "one during which the machine slept does not count": [["asleep", "good"], ["succeeded"]],
  "nor does it between two others": [
    ["bad", "asleep", "bad"],
    ["bad", "bad", "failed"],
  ],
};

test.each(Object.entries(rows))("%s", async (_, [attempts, wanted]) => {
  expect(await verdictsOf(attempts)).toEqual(wanted);
});
