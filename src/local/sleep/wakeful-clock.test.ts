/** When a machine has slept, and what anybody sees of the time until that is noted. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Sleep } from "../../meta/sleeps.ts";
import { FakeClock, settled } from "../../testing/fake-clock.ts";
import { WakefulClock } from "./wakeful-clock.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
let timers: FakeClock;
/** What the wall clock is ahead of the timers: they stand still while the machine sleeps. */
let asleep = 0;
let clock: WakefulClock;

beforeEach(() => {
  timers = new FakeClock(start);
  asleep = 0;
  clock = new WakefulClock({
    now: () => new Date(timers.now().getTime() + asleep),
    after: (ms, callback) => timers.after(ms, callback),
  });
});
const seconds = () => (clock.now().getTime() - start) / 1000;

describe("a clock that is watched", () => {
  test("goes on as ever while there are no gaps", async () => {
    const sleeps: Sleep[] = [];
    clock.watch({ note: async () => {}, awake: (sleep) => sleeps.push(sleep) });
    await timers.advanceAsync(3_600_000);
    expect([seconds(), clock.sleeps(), sleeps]).toEqual([3600, 0, []]);
  });

  test.each([
    ["a busy moment is no sleep", 9000, []],
    ["an hour is one", 3_600_000, [{ from: start + 2000, to: start + 3_602_000 }]],
  ])("%s", async (_, ms, wanted) => {
    const sleeps: Sleep[] = [];
    clock.watch({ note: async () => {}, awake: (sleep) => sleeps.push(sleep) });
    await timers.advanceAsync(2000);
    asleep = ms;
    expect(clock.sleeps()).toBe(wanted.length);
    await settled();
    expect([sleeps, seconds()]).toEqual([wanted, 2 + ms / 1000]);
  });

  test("stands still until the sleep is noted", async () => {
    const noted = Promise.withResolvers<void>();
    const woken: number[] = [];
    clock.watch({ note: () => noted.promise, awake: () => woken.push(seconds()) });
    asleep = 60_000;
    expect(seconds()).toBe(0);
    await timers.advanceAsync(1000);
    expect(seconds()).toBe(0);
    noted.resolve();
    await settled();
    expect([seconds(), clock.sleeps(), woken]).toEqual([61, 1, [61]]);
  });

  test("does not stand still for ever, whatever becomes of the note", async () => {
    for (const note of [() => new Promise<void>(() => {}), () => Promise.reject(new Error("no"))]) {
      const stop = clock.watch({ note, awake: () => {} });
      asleep += 60_000;
      const before = clock.now();
      await timers.advanceAsync(6000);
      expect(clock.now().getTime() - before.getTime()).toBeGreaterThan(60_000);
      stop();
    }
  });
});

test("nobody is told of gaps before it is watched, or after", () => {
  asleep = 60_000;
  expect([seconds(), clock.sleeps()]).toEqual([60, 0]);
  const awake = () => expect.unreachable("it was told");
  clock.watch({ note: async () => {}, awake })();
  asleep = 120_000;
  expect([seconds(), clock.sleeps(), timers.pending]).toEqual([120, 0, 0]);
});
