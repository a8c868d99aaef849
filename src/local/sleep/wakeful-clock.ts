/**
 * A clock that notices when this process has not run for a while: the machine slept, or everything was stopped. Before
 * anybody sees the new time, what depends on it is told; until then time stands still.
 */
import type { Sleep } from "../../meta/sleeps.ts";
import { type Clock, pause } from "../../runtime/clock.ts";

const beatMs = 2000;
/** A machine under load is late, too, but not by that much. */
const sleepMs = 10_000;
const noteMs = 5000;

export interface Wakeful {
  /** Time stands still until this has resolved. */
  readonly note: (sleep: Sleep) => Promise<void>;
  /** Called when time goes on. */
  readonly awake: (sleep: Sleep) => void;
}

export class WakefulClock implements Clock {
  readonly #base: Clock;
  #wakeful: Wakeful | undefined;
  #last: number;
  #held: number | undefined;
  #sleeps = 0;

  constructor(base: Clock) {
    this.#base = base;
    this.#last = base.now().getTime();
  }

  now(): Date {
    const now = this.#base.now().getTime();
    if (this.#held !== undefined) return new Date(this.#held);
    const before = this.#last;
    this.#last = now;
    if (!this.#wakeful || now - before < sleepMs) return new Date(now);
    this.#sleeps++;
    this.#held = before;
    void this.#hold(this.#wakeful, { from: before, to: now });
    return new Date(before);
  }

  after(ms: number, callback: () => void): () => void {
    return this.#base.after(ms, callback);
  }

  sleeps(): number {
    this.now();
    return this.#sleeps;
  }

  /** Watches for sleeps from now on. Answers how to stop. */
  watch(wakeful: Wakeful): () => void {
    this.#wakeful = wakeful;
    this.#last = this.#base.now().getTime();
    const beat = () => {
      this.now();
      cancel = this.#base.after(beatMs, beat);
    };
    let cancel = this.#base.after(beatMs, beat);
    return () => {
      this.#wakeful = undefined;
      cancel();
    };
  }

  async #hold({ note, awake }: Wakeful, sleep: Sleep): Promise<void> {
    const isNoted = new AbortController();
    const end = () => isNoted.abort();
    void note(sleep).then(end, end);
    await pause(this.#base, noteMs, isNoted.signal);
    this.#last = this.#base.now().getTime();
    this.#held = undefined;
    awake(sleep);
  }
}
