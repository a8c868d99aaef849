/** Time, passed in so that tests own it. */
export interface Clock {
  now(): Date;
  /** Calls `callback` once after `ms`; returns its cancellation. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
