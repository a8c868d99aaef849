/**
 * How every test waits: it polls for a state, often at first and then less often, and says what it waited for when the
 * state does not come. Nothing else in the tests sleeps (tools/waits.test.ts holds it).
 */

/** Below the time limits of vitest.config.ts, so that the message of the wait is what a failing test shows. */
const patienceMs = process.env["WINDLASS_REAL_KUBECONFIG"] === undefined ? 55_000 : 200_000;
const firstMs = 10;
const lastMs = 200;

/**
 * Answers what `check` answers once that is neither undefined nor false; a check that throws has not come true yet.
 * Fails with `what`, and with what was thrown last as its cause.
 */
export async function eventually<T>(
  check: () => T | undefined | false | Promise<T | undefined | false>,
  what: string | (() => string),
  timeoutMs = patienceMs,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let cause: unknown;
  for (let waitMs = firstMs; ; waitMs = Math.min(waitMs * 1.5, lastMs)) {
    try {
      const found = await check();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      cause = error;
    }
    if (Date.now() >= deadline) break;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  const text = typeof what === "string" ? what : what();
  const last = cause instanceof Error ? ` (last: ${cause.message})` : "";
  throw new Error(`waited ${timeoutMs / 1000} s until ${text}${last}`, { cause });
}

/** Resolves when `count` has answered the same for `forMs`: what has to happen has happened by then. */
export async function quiet(count: () => number, forMs: number): Promise<void> {
  let last = count();
  let since = Date.now();
  await eventually(() => {
    const now = count();
    if (now !== last) since = Date.now();
    last = now;
    return Date.now() - since >= forMs;
  }, `nothing has changed for ${forMs} ms`);
}
