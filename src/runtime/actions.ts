/**
 * Runs the actions of plans apart from the queue, in a bounded pool: one run at a time per root and key, each with a
 * time-out. An outcome becomes an observation and re-queues the root. A dead endpoint costs one slot, never a worker.
 * A cancelled run leaves no observation; that of an action no longer planned is kept until its root goes.
 */
import { deepEqual } from "../machinery/deep-equal.ts";
import type { Clock } from "./clock.ts";
import { errorText } from "./log.ts";
import type { Action, Observation } from "./plan.ts";

export interface ActionRun {
  readonly rootUid: string;
  readonly timeoutMs: number;
  readonly run: (action: Action, signal: AbortSignal) => Promise<unknown>;
  readonly requeue: () => void;
}

interface Running {
  readonly action: Action;
  readonly abort: AbortController;
}

interface Slot {
  observation?: Observation;
  running?: Running;
  /** What the last plan wanted, and with what. */
  wanted?: { readonly action: Action; readonly how: ActionRun };
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

  observation(rootUid: string, key: string): Observation | undefined {
    return this.#slots.get(rootUid)?.get(key)?.observation;
  }

  /** Makes the running actions of a root those of its latest plan. */
  want(actions: readonly Action[], how: ActionRun): void {
    if (actions.length === 0 && !this.#slots.has(how.rootUid)) return;
    const slots = this.#slots.get(how.rootUid) ?? new Map<string, Slot>();
    this.#slots.set(how.rootUid, slots);
    const keys = new Set(actions.map((action) => action.key));
    for (const [key, slot] of slots) {
      if (keys.has(key)) continue;
      slot.wanted = undefined;
      slot.cancelTimer?.();
      slot.running?.abort.abort();
    }
    for (const action of actions) {
      const slot = slots.get(action.key) ?? {};
      slots.set(action.key, slot);
      slot.wanted = { action, how };
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
    const { wanted, running, observation } = slot;
    if (!wanted) return;
    if (running) {
      if (!deepEqual(running.action.input, wanted.action.input)) running.abort.abort();
      return;
    }
    slot.cancelTimer?.();
    slot.cancelTimer = undefined;
    const sameInput = observation && deepEqual(observation.input, wanted.action.input);
    if (!sameInput) return this.#enqueue(slot);
    const { repeatAfterMs } = wanted.action;
    if (repeatAfterMs === undefined) return;
    const due = observation.at.getTime() + repeatAfterMs - this.#clock.now().getTime();
    if (due <= 0) this.#enqueue(slot);
    else slot.cancelTimer = this.#clock.after(due, () => this.#enqueue(slot));
  }

  #enqueue(slot: Slot): void {
    const { wanted } = slot;
    if (!wanted || slot.running) return;
    const { action, how } = wanted;
    const running = { action, abort: new AbortController() };
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

  async #run(slot: Slot, { action, abort }: Running, how: ActionRun): Promise<void> {
    const cancelTimeout = this.#clock.after(how.timeoutMs, () =>
      abort.abort(new TimeoutError(`no response within ${how.timeoutMs / 1000} s`)),
    );
    const outcome = await attempt(() => withAbort(how.run(action, abort.signal), abort.signal), abort.signal);
    cancelTimeout();
    this.#busy--;
    slot.running = undefined;
    const cancelled = abort.signal.aborted && !(abort.signal.reason instanceof TimeoutError);
    if (!cancelled && slot.wanted) {
      slot.observation = { key: action.key, input: action.input, at: this.#clock.now(), outcome };
      slot.wanted.how.requeue();
    }
    this.#consider(slot);
    this.#next();
  }
}

class TimeoutError extends Error {}

async function attempt(run: () => Promise<unknown>, signal: AbortSignal): Promise<Observation["outcome"]> {
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
