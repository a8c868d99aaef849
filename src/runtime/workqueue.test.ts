import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import { systemClock } from "./clock.ts";
import { Workqueue } from "./workqueue.ts";

function queue() {
  const clock = new FakeClock();
  return { clock, queue: new Workqueue({ clock }) };
}

describe("a workqueue", () => {
  test("gives keys in order, each once however often it was added", async () => {
    const { queue: q } = queue();
    for (const key of ["a", "b", "a"]) q.add(key);
    expect([q.depth, await q.get(), await q.get(), q.depth]).toEqual([2, "a", "b", 0]);
  });

  test("gives a key added during its processing again only when that is done", async () => {
    const { queue: q } = queue();
    q.add("a");
    await q.get();
    q.add("a");
    expect(q.depth).toBe(0);
    q.done("a");
    expect(await q.get()).toBe("a");
  });

  test("hands a key to a worker that waits already", async () => {
    const { queue: q } = queue();
    const waiting = q.get();
    q.add("a");
    expect(await waiting).toBe("a");
  });

  test("keeps the sooner of several delays", () => {
    const { queue: q, clock } = queue();
    q.addAfter("a", 100);
    q.addAfter("a", 30);
    q.addAfter("a", 50);
    clock.advance(29);
    expect([q.depth, clock.pending]).toEqual([0, 1]);
    clock.advance(1);
    expect([q.depth, clock.pending]).toEqual([1, 0]);
  });

  test("forgets a delay when the key becomes due at once, and takes none for a key that is due", () => {
    const { queue: q, clock } = queue();
    q.addAfter("a", 100);
    q.add("a");
    q.addAfter("a", 50);
    expect([q.depth, clock.pending]).toEqual([1, 0]);
  });

  test("doubles the delay with each failure up to 1000 s, and starts over when told to forget", async () => {
    const { queue: q, clock } = queue();
    const delays: (number | undefined)[] = [];
    for (let failure = 0; failure < 20; failure++) {
      q.addRateLimited("a");
      delays.push(clock.nextIn);
      clock.advance(clock.nextIn ?? 0);
      q.done((await q.get()) ?? "");
    }
    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(delays.slice(-2)).toEqual([1_000_000, 1_000_000]);
    q.forget("a");
    q.addRateLimited("a");
    expect(clock.nextIn).toBe(5);
  });

  test("frees its workers and drops what waits when it closes", async () => {
    const { queue: q, clock } = queue();
    q.add("busy");
    await q.get();
    const waiting = q.get();
    q.addAfter("later", 10);
    q.add("busy");
    q.close();
    q.done("busy");
    q.add("late");
    expect([await waiting, await q.get(), q.depth, clock.pending]).toEqual([undefined, undefined, 0, 0]);
  });
});

/** What is due, what is worked on and what is delayed, by the book. */
class Model {
  readonly due: string[] = [];
  readonly dirty = new Set<string>();
  readonly processing = new Set<string>();
  readonly delayed = new Map<string, number>();
  readonly failures = new Map<string, number>();
  now = 0;

  add(key: string): void {
    this.delayed.delete(key);
    if (this.processing.has(key)) this.dirty.add(key);
    else if (!this.due.includes(key)) this.due.push(key);
  }

  addAfter(key: string, ms: number): void {
    if (this.due.includes(key) || this.dirty.has(key)) return;
    const at = this.now + ms;
    if ((this.delayed.get(key) ?? Infinity) <= at) return;
    this.delayed.delete(key);
    this.delayed.set(key, at);
  }

  advance(ms: number): void {
    this.now += ms;
    const ripe = [...this.delayed].filter(([, at]) => at <= this.now).sort(([, a], [, b]) => a - b);
    for (const [key] of ripe) this.add(key);
  }
}

type Step = (q: Workqueue, clock: FakeClock, model: Model) => Promise<void>;
const key = fc.constantFrom("a", "b", "c");
const steps: fc.Arbitrary<Step> = fc.oneof(
  key.map(
    (k): Step =>
      async (q, _, model) => {
        q.add(k);
        model.add(k);
      },
  ),
  fc.tuple(key, fc.integer({ min: 1, max: 50 })).map(
    ([k, ms]): Step =>
      async (q, _, model) => {
        q.addAfter(k, ms);
        model.addAfter(k, ms);
      },
  ),
  key.map(
    (k): Step =>
      async (q, _, model) => {
        const failures = model.failures.get(k) ?? 0;
        q.addRateLimited(k);
        model.failures.set(k, failures + 1);
        model.addAfter(k, 5 * 2 ** failures);
      },
  ),
  key.map(
    (k): Step =>
      async (q, _, model) => {
        q.forget(k);
        model.failures.delete(k);
      },
  ),
  fc.integer({ min: 1, max: 3 }).map(
    (ms): Step =>
      async (_, clock, model) => {
        for (let at = 0; at < ms; at++) {
          clock.advance(1);
          model.advance(1);
        }
      },
  ),
  fc.constant<Step>(async (q, _, model) => {
    const expected = model.due.shift();
    if (expected === undefined) return;
    model.processing.add(expected);
    expect(await q.get()).toBe(expected);
  }),
  key.map(
    (k): Step =>
      async (q, _, model) => {
        if (!model.processing.delete(k)) return;
        q.done(k);
        if (model.dirty.delete(k)) model.due.push(k);
      },
  ),
);

test("a workqueue does what the model says, whatever the order of calls", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 60 }), async (sequence) => {
      const clock = new FakeClock(0);
      const q = new Workqueue({ clock });
      const model = new Model();
      for (const step of sequence) {
        await step(q, clock, model);
        expect(q.depth).toBe(model.due.length);
        for (const k of ["a", "b", "c"]) expect(q.retries(k)).toBe(model.failures.get(k) ?? 0);
      }
    }),
    { numRuns: 300 },
  );
});

test("no key is ever worked on twice at a time, and every add is followed by a reconcile", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(key, fc.integer({ min: 0, max: 5 })), { maxLength: 40 }), async (adds) => {
      const clock = new FakeClock(0);
      const q = new Workqueue({ clock });
      const busy = new Set<string>();
      const seen = new Map<string, number>();
      let version = 0;
      const work = async () => {
        for (let k = await q.get(); k !== undefined; k = await q.get()) {
          expect(busy.has(k)).toBe(false);
          busy.add(k);
          seen.set(k, version);
          await Promise.resolve();
          busy.delete(k);
          q.done(k);
        }
      };
      const workers = [work(), work(), work()];
      const last = new Map<string, number>();
      for (const [k, ms] of adds) {
        last.set(k, ++version);
        if (ms === 0) q.add(k);
        else q.addAfter(k, ms);
        clock.advance(1);
      }
      await clock.advanceAsync(10);
      await settled();
      for (const [k, at] of last) expect(seen.get(k)).toBeGreaterThanOrEqual(at);
      q.close();
      await Promise.all(workers);
    }),
    { numRuns: 100 },
  );
});

test("the system clock takes delays longer than a timer can be, and cancels them", () => {
  let fired = false;
  const cancel = systemClock.after(2 ** 32, () => (fired = true));
  cancel();
  expect(fired).toBe(false);
});
