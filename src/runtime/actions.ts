/**
 * Runs the actions of plans apart from the queue, in a bounded pool: one run at a time per root and key, each with a
 * time-out. An outcome becomes an observation and re-queues the root. A dead endpoint costs one slot, never a worker.
 */
import { deepEqual } from "../machinery/deep-equal.ts";
import type { Clock } from "./clock.ts";
import type { Action, Observation } from "./plan.ts";

export interface ActionRun {
  readonly rootUid: string;
  readonly timeoutMs: number;
  readonly run: (action: Action, signal: AbortSignal) => Promise<unknown>;
  readonly requeue: () => void;
}

interface Slot {
  observation?: Observation;
  running?: { readonly action: Action; readonly abort: AbortController };
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
    for (const rootUid of [...this.#slots.keys()]) this.forget(rootUid);
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
    slot.running = { action, abort: new AbortController() };
    this.#queue.push(() => void this.#run(slot, action, how));
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

  async #run(slot: Slot, action: Action, how: ActionRun): Promise<void> {
    const abort = slot.running?.abort ?? new AbortController();
    const cancelTimeout = this.#clock.after(how.timeoutMs, () =>
      abort.abort(new Error(`no answer within ${how.timeoutMs / 1000} s`)),
    );
    let outcome: Observation["outcome"];
    try {
      outcome = {
        ok: true,
        value: abort.signal.aborted ? undefined : await withAbort(how.run(action, abort.signal), abort.signal),
      };
    } catch (error) {
      outcome = { ok: false, error: error instanceof Error ? error.message : String(error) };
    }
    cancelTimeout();
    this.#busy--;
    slot.running = undefined;
    const current = slot.wanted && deepEqual(slot.wanted.action.input, action.input);
    if (current) {
      slot.observation = { key: action.key, input: action.input, at: this.#clock.now(), outcome };
      how.requeue();
    }
    this.#consider(slot);
    this.#next();
  }
}

/** Settles with the work, or rejects as soon as the signal aborts: a run that ignores its signal cannot hold a slot. */
function withAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error("cancelled"));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
