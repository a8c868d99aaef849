import { describe, expect, test } from "vitest";
import { FakeClock, settled } from "../testing/fake-clock.ts";
import { ActionPool } from "./action-pool.ts";
import type { Asked } from "./plan.ts";

const ask = (question: Record<string, unknown> = {}, more: Partial<Asked> = {}): Asked => ({
  action: "job",
  question,
  ...more,
});

function pool(limit?: number) {
  const clock = new FakeClock(0);
  const actions = new ActionPool(clock, limit);
  const started: string[] = [];
  const settle: ((value: unknown) => void)[] = [];
  let requeued = 0;
  const want = (list: readonly Asked[], rootUid = "root") =>
    actions.want(list, {
      rootUid,
      timeoutMs: () => 10_000,
      run: ({ action, question }, signal) => {
        started.push(`${action} ${JSON.stringify(question)}`);
        signal.addEventListener("abort", () => started.push(`abort ${action}`));
        return new Promise((resolve, reject) =>
          settle.push((value) => (value instanceof Error ? reject(value) : resolve(value))),
        );
      },
      requeue: () => requeued++,
    });
  const finish = async (at: number, value: unknown) => {
    settle[at]?.(value);
    await settled();
  };
  const seen = (action = "job") => actions.answer("root", action)?.outcome;
  return { clock, actions, want, finish, started, seen, requeues: () => requeued };
}

describe("an action", () => {
  test("runs once per question, however often it is planned, and requeues its root with the outcome", async () => {
    const { want, finish, started, seen, requeues } = pool();
    want([ask({ n: 1 })]);
    want([ask({ n: 1 })]);
    await finish(0, "done");
    want([ask({ n: 1 })]);
    expect([started, seen(), requeues()]).toEqual([['job {"n":1}'], { ok: true, value: "done" }, 1]);
  });

  test("that fails leaves the error as its answer", async () => {
    const { want, finish, seen } = pool();
    want([ask()]);
    await finish(0, new Error("refused", { cause: new Error("ECONNREFUSED") }));
    expect(seen()).toEqual({ ok: false, error: "refused: ECONNREFUSED" });
  });

  test("runs again after its interval, counted from the end of the last run", async () => {
    const { clock, want, finish, started } = pool();
    want([ask({}, { repeatAfterMs: 100 })]);
    clock.advance(50);
    await finish(0, 1);
    clock.advance(99);
    want([ask({}, { repeatAfterMs: 100 })]);
    expect(started).toHaveLength(1);
    clock.advance(1);
    expect(started).toHaveLength(2);
  });

  test("runs again at once with a new input, cancelling the run under way", async () => {
    const { want, started, seen, finish } = pool();
    want([ask({ n: 1 })]);
    want([ask({ n: 2 })]);
    await settled();
    expect(started).toEqual(['job {"n":1}', "abort job", 'job {"n":2}']);
    await finish(1, "two");
    expect(seen()).toEqual({ ok: true, value: "two" });
  });

  test("whose input changes and changes back while it is cancelled is run again, not taken for done", async () => {
    const { want, started, seen } = pool();
    want([ask({ n: 1 })]);
    want([ask({ n: 2 })]);
    want([ask({ n: 1 })]);
    await settled();
    expect(seen()).toBeUndefined();
    expect(started.at(-1)).toBe('job {"n":1}');
  });

  test("no longer planned is cancelled and leaves no observation", async () => {
    const { want, started, seen, requeues } = pool();
    want([ask()]);
    want([]);
    await settled();
    expect([started, seen(), requeues()]).toEqual([["job {}", "abort job"], undefined, 0]);
  });

  test("that gives no answer is given up after its time-out", async () => {
    const { clock, want, seen } = pool();
    want([ask()]);
    await clock.advanceAsync(10_000);
    expect(seen()).toEqual({ ok: false, error: "no response within 10 s" });
  });

  test("waits for a free slot; one that times out frees its own", async () => {
    const { clock, want, started, actions } = pool(1);
    want([ask()], "one");
    want([ask({ second: true })], "two");
    expect([started, actions.depth]).toEqual([["job {}"], { running: 1, waiting: 1 }]);
    await clock.advanceAsync(10_000);
    expect(started.at(-1)).toBe('job {"second":true}');
  });

  test("is forgotten with its root", async () => {
    const { clock, want, finish, seen, actions, started } = pool();
    want([ask({}, { repeatAfterMs: 10 })]);
    await finish(0, 1);
    actions.forget("root");
    await clock.advanceAsync(100);
    expect([seen(), started.length, clock.pending]).toEqual([undefined, 1, 0]);
  });
});
