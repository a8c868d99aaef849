/** A Clock that moves only when told to: timers fire in order of their time, those of one time in order of their making. */
import type { Clock } from "../runtime/clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  #now: number;
  #timers: readonly Timer[] = [];

  constructor(start: string | number = "2026-01-01T00:00:00Z") {
    this.#now = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.#now);
  }

  after(ms: number, callback: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), callback };
    this.#timers = [...this.#timers, timer];
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that have not fired. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Milliseconds until the next timer fires; undefined when there is none. */
  get nextIn(): number | undefined {
    const next = this.#next();
    return next && next.at - this.#now;
  }

  /** Moves time forward, firing what falls due, timers made on the way included. Promises are not waited for. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let timer = this.#next(); timer && timer.at <= until; timer = this.#next()) {
      const due = timer;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = due.at;
      due.callback();
    }
    this.#now = until;
  }

  /** As `advance`, letting promise callbacks run after every timer: for asynchronous code that sets timers in turn. */
  async advanceAsync(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (let next = this.nextIn; next !== undefined && this.#now + next <= until; next = this.nextIn) {
      this.advance(next);
      await settled();
    }
    this.advance(until - this.#now);
    await settled();
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (!first || timer.at < first.at) first = timer;
    return first;
  }
}

/** Resolves after the promise callbacks that are ready, and those they make ready, have run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
