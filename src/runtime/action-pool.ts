/**
 * Runs the actions of plans apart from the queue, in a bounded pool: one run at a time per root and action, each with a
 * time-out. An outcome becomes an answer and requeues the root. A dead endpoint costs one slot, never a worker. A cancelled
 * run leaves no answer; that of an action no longer planned is kept until its root goes.
 */
import { deepEqual } from "../machinery/deep-equal.ts";
import type { Clock } from "./clock.ts";
import { errorText } from "./log.ts";
import type { Answer, Outcome } from "./action.ts";
import type { Asked } from "./plan.ts";

export interface ActionRun {
  readonly rootUid: string;
  readonly timeoutMs: (action: string) => number;
  readonly run: (asked: Asked, signal: AbortSignal) => Promise<unknown>;
  readonly requeue: () => void;
}

interface Running {
  readonly asked: Asked;
  readonly abort: AbortController;
}

interface Slot {
  answer?: Answer;
  running?: Running;
  /** What the last plan asked, and with what. */
  wanted?: { readonly asked: Asked; readonly how: ActionRun };
  cancelTimer?: () => void;
}

export class ActionPool {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #slots = new Map<string, Map<string, Slot>>();
  readonly #queue: (() => void)[] = [];
  #busy = 0;

  constructor(clock: Clock, limit = 32) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Runs under way, and waiting for a slot. */
  get depth(): { readonly running: number; readonly waiting: number } {
    return { running: this.#busy, waiting: this.#queue.length };
  }

  answer(rootUid: string, action: string): Answer | undefined {
    return this.#slots.get(rootUid)?.get(action)?.answer;
  }

  /** Makes the running actions of a root those of its latest plan. */
  want(actions: readonly Asked[], how: ActionRun): void {
    if (actions.length === 0 && !this.#slots.has(how.rootUid)) return;
    const slots = this.#slots.get(how.rootUid) ?? new Map<string, Slot>();
    this.#slots.set(how.rootUid, slots);
    const names = new Set(actions.map(({ action }) => action));
    for (const [name, slot] of slots) {
      if (names.has(name)) continue;
      slot.wanted = undefined;
      slot.cancelTimer?.();
      slot.running?.abort.abort();
    }
    for (const asked of actions) {
      const slot = slots.get(asked.action) ?? {};
      slots.set(asked.action, slot);
      slot.wanted = { asked, how };
      this.#consider(slot);
    }
  }

  /** The root is gone: cancel and forget everything about it. */
  forget(rootUid: string): void {
    for (const slot of this.#slots.get(rootUid)?.values() ?? []) {
      slot.wanted = undefined;
      slot.cancelTimer?.();
      slot.running?.abort.abort();
    }
    this.#slots.delete(rootUid);
  }

  stop(): void {
    for (const rootUid of this.#slots.keys()) this.forget(rootUid);
  }

  #consider(slot: Slot): void {
    const { wanted, running, answer } = slot;
    if (!wanted) return;
    if (running) {
      if (!deepEqual(running.asked.question, wanted.asked.question)) running.abort.abort();
      return;
    }
    slot.cancelTimer?.();
    slot.cancelTimer = undefined;
    if (!answer || !deepEqual(answer.question, wanted.asked.question)) return this.#enqueue(slot);
    const { repeatAfterMs } = wanted.asked;
    if (repeatAfterMs === undefined) return;
    const due = answer.at.getTime() + repeatAfterMs - this.#clock.now().getTime();
    if (due <= 0) this.#enqueue(slot);
    else slot.cancelTimer = this.#clock.after(due, () => this.#enqueue(slot));
  }

  #enqueue(slot: Slot): void {
    const { wanted } = slot;
    if (!wanted || slot.running) return;
    const { asked, how } = wanted;
    const running = { asked, abort: new AbortController() };
    slot.running = running;
    this.#queue.push(() => void this.#run(slot, running, how));
    this.#next();
  }

  #next(): void {
    while (this.#busy < this.#limit) {
      const start = this.#queue.shift();
      if (!start) return;
      this.#busy++;
      start();
    }
  }

  async #run(slot: Slot, { asked, abort }: Running, how: ActionRun): Promise<void> {
    const timeoutMs = how.timeoutMs(asked.action);
    const cancelTimeout = this.#clock.after(timeoutMs, () =>
      abort.abort(new TimeoutError(`no response within ${timeoutMs / 1000} s`)),
    );
    const outcome = await attempt(() => withAbort(how.run(asked, abort.signal), abort.signal), abort.signal);
    cancelTimeout();
    this.#busy--;
    slot.running = undefined;
    const cancelled = abort.signal.aborted && !(abort.signal.reason instanceof TimeoutError);
    if (!cancelled && slot.wanted) {
      slot.answer = { question: asked.question, at: this.#clock.now(), outcome };
      slot.wanted.how.requeue();
    }
    this.#consider(slot);
    this.#next();
  }
}

class TimeoutError extends Error {}

async function attempt(run: () => Promise<unknown>, signal: AbortSignal): Promise<Outcome<unknown>> {
  try {
    return { ok: true, value: signal.aborted ? undefined : await run() };
  } catch (error) {
    return { ok: false, error: errorText(error) };
  }
}

/** Settles with the work, or rejects as soon as the signal aborts: a run that ignores its signal cannot hold a slot. */
function withAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = () => reject(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  work.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener("abort", abort));
}
