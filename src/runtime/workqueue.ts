/**
 * The rate-limited, delaying, de-duplicating queue of client-go: a key waits at most once, and a key that is added
 * while it is being processed is processed once more afterwards, never by two workers at a time.
 */
import type { Clock } from "./clock.ts";

export interface Backoff {
  /** Delay after the first failure; doubles with each further one. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** controller-runtime's default: 5 ms to 1000 s. */
export const defaultBackoff: Backoff = { baseMs: 5, maxMs: 1_000_000 };

interface Timer {
  readonly at: number;
  readonly cancel: () => void;
}

export class Workqueue {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #queue: string[] = [];
  readonly #dirty = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, Timer>();
  readonly #waiting: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor(clock: Clock, backoff: Backoff = defaultBackoff) {
    this.#clock = clock;
    this.#backoff = backoff;
  }

  /** Keys waiting to be processed. */
  get depth(): number {
    return this.#queue.length;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#cancelTimer(key);
    if (this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (!this.#processing.has(key)) this.#offer(key);
  }

  /** Adds `key` after `ms`. Of several pending delays of one key the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) return this.add(key);
    const at = this.#clock.now().getTime() + ms;
    const pending = this.#timers.get(key);
    if (pending && pending.at <= at) return;
    pending?.cancel();
    const cancel = this.#clock.after(ms, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { at, cancel });
  }

  /** Adds `key` after the backoff that its failures in a row have earned. */
  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.#backoff.baseMs * 2 ** failures, this.#backoff.maxMs));
  }

  /** The key succeeded: its next failure starts from the shortest delay. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  retries(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key, marked as being processed; undefined once the queue is closed and empty. */
  async get(): Promise<string | undefined> {
    const key = this.#queue.shift();
    if (key !== undefined) return this.#take(key);
    if (this.#closed) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Must be called for every key that `get` gave. */
  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key)) this.#offer(key);
  }

  /** No key is accepted any more; waiting workers get undefined. Pending delays are dropped. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#queue = [];
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }

  #take(key: string): string {
    this.#dirty.delete(key);
    this.#processing.add(key);
    return key;
  }

  #offer(key: string): void {
    const worker = this.#waiting.shift();
    if (worker) worker(this.#take(key));
    else this.#queue.push(key);
  }

  #cancelTimer(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }
}
