/**
 * The rate-limited, delaying, de-duplicating queue of client-go: a key waits at most once, and a key that is added
 * while it is being processed is processed once more afterwards, never by two workers at a time. As in
 * controller-runtime's priority queue a key waits in one place only: of "now" and "later" the sooner counts.
 */
import type { Clock } from "./clock.ts";

export interface Backoff {
  /** Delay after the first failure; doubles with each further one. */
  readonly baseMs: number;
  readonly maxMs: number;
}

/** controller-runtime's default: 5 ms to 1000 s. */
const defaultBackoff: Backoff = { baseMs: 5, maxMs: 1_000_000 };

/** Told what the queue's metrics need; none of it may throw. */
export interface QueueObserver {
  added?(): void;
  retried?(): void;
  /** `waitedMs` from being due to being taken. */
  taken?(waitedMs: number): void;
  done?(workedMs: number): void;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly backoff?: Backoff;
  readonly observer?: QueueObserver;
}

interface Timer {
  readonly at: number;
  readonly cancel: () => void;
}

export class Workqueue {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #observer: QueueObserver;
  /** Keys that are due and that nobody works on, since when; their order is in `#order`, from `#head` on. */
  readonly #queue = new Map<string, number>();
  // A Map alone would do, but taking its first entry over and over walks past all that were deleted before.
  #order: string[] = [];
  #head = 0;
  /** Keys that became due while being processed. */
  readonly #dirty = new Set<string>();
  /** Keys being processed, since when. */
  readonly #processing = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, Timer>();
  readonly #waiting: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor({ clock, backoff = defaultBackoff, observer = {} }: QueueOptions) {
    this.#clock = clock;
    this.#backoff = backoff;
    this.#observer = observer;
  }

  /** Keys waiting to be processed. */
  get depth(): number {
    return this.#queue.size;
  }

  /** Milliseconds each key in process has been worked on so far. */
  get unfinishedMs(): readonly number[] {
    return [...this.#processing.values()].map((since) => this.#now() - since);
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#cancelTimer(key);
    if (this.#isDue(key)) return;
    this.#observer.added?.();
    if (this.#processing.has(key)) this.#dirty.add(key);
    else this.#offer(key);
  }

  /** Adds `key` after `ms`, unless it is due sooner anyway. */
  addAfter(key: string, ms: number): void {
    if (this.#closed || this.#isDue(key)) return;
    if (ms <= 0) return this.add(key);
    const at = this.#now() + ms;
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
    const failures = this.retries(key);
    this.#failures.set(key, failures + 1);
    this.#observer.retried?.();
    this.addAfter(key, Math.min(this.#backoff.baseMs * 2 ** failures, this.#backoff.maxMs));
  }

  /** The key succeeded: its next failure starts from the shortest delay. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  retries(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key, marked as being processed; undefined once the queue is closed. */
  async get(): Promise<string | undefined> {
    if (this.#closed) return undefined;
    const key = this.#order[this.#head];
    if (key !== undefined) {
      const since = this.#queue.get(key) ?? this.#now();
      this.#queue.delete(key);
      this.#advance();
      return this.#take(key, since);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Must be called once for every key that `get` gave. */
  done(key: string): void {
    const since = this.#processing.get(key);
    if (since === undefined) return;
    this.#processing.delete(key);
    this.#observer.done?.(this.#now() - since);
    if (this.#dirty.delete(key) && !this.#closed) this.#offer(key);
  }

  /** No key is accepted any more; waiting workers get undefined. What waited is dropped. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#queue.clear();
    this.#order = [];
    this.#head = 0;
    this.#dirty.clear();
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }

  #now(): number {
    return this.#clock.now().getTime();
  }

  #isDue(key: string): boolean {
    return this.#queue.has(key) || this.#dirty.has(key);
  }

  #take(key: string, since: number): string {
    const now = this.#now();
    this.#processing.set(key, now);
    this.#observer.taken?.(now - since);
    return key;
  }

  #offer(key: string): void {
    const worker = this.#waiting.shift();
    if (worker) worker(this.#take(key, this.#now()));
    else {
      this.#queue.set(key, this.#now());
      this.#order.push(key);
    }
  }

  #advance(): void {
    this.#head++;
    if (this.#head * 2 < this.#order.length || this.#head < 64) return;
    this.#order = this.#order.slice(this.#head);
    this.#head = 0;
  }

  #cancelTimer(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }
}
