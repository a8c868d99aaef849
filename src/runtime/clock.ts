/** Time, passed in so that tests own it. */
export interface Clock {
  now(): Date;
  /** Calls `callback` once after `ms`; returns its cancellation. */
  after(ms: number, callback: () => void): () => void;
  /** How often the machine has slept so far, where that is noticed: what was waited for meanwhile had no chance. */
  sleeps?(): number;
}

/** What a timer of Node takes at most (24.8 days); it fires at once on more. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, callback) {
    if (ms <= longestTimerMs) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    }
    let cancel = () => clearTimeout(timer);
    const timer = setTimeout(() => (cancel = systemClock.after(ms - longestTimerMs, callback)), longestTimerMs);
    return () => cancel();
  },
};

/** Resolves after `ms`, or as soon as `signal` aborts. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = () => {
      cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal?.addEventListener("abort", end);
  });
}
