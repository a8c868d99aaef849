/** Runs tasks a few at a time, in the order of the list. Pure apart from what the tasks do. */

/**
 * At most `limit` at once. When one fails no more are begun, and those that are on their way are finished; then the failure
 * is thrown.
 */
export async function inParallel(limit: number, tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const left = tasks.values();
  let hasFailed = false;
  const worker = async () => {
    for (const task of left) {
      if (hasFailed) return;
      await task();
    }
  };
  const work = () =>
    worker().catch((error: unknown) => {
      hasFailed = true;
      throw error;
    });
  const ends = await Promise.allSettled(Array.from({ length: Math.min(limit, tasks.length) }, work));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}
