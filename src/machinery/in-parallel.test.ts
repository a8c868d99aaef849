import { expect, test } from "vitest";
import { inParallel } from "./in-parallel.ts";

/** Tasks that end when they are told to; `begun` are those that were started. */
function heldTasks(count: number) {
  const ends = Array.from({ length: count }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const tasks = ends.map(({ promise }, at) => () => {
    begun.push(at);
    return promise;
  });
  return { ends, begun, tasks };
}

/** All that promises which are settled have led to has happened. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a task is begun when another one ends", async () => {
  const { ends, begun, tasks } = heldTasks(4);
  const all = inParallel(2, tasks);
  expect(begun).toEqual([0, 1]);
  ends[1]?.resolve();
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  for (const { resolve } of ends) resolve();
  await all;
  expect(begun).toEqual([0, 1, 2, 3]);
});

test("after a failure those that run are finished, and no more are begun", async () => {
  const { ends, begun, tasks } = heldTasks(4);
  let isOver = false;
  const all = inParallel(2, tasks).finally(() => (isOver = true));
  ends[0]?.reject(new Error("full"));
  await settled();
  expect({ begun, isOver }).toEqual({ begun: [0, 1], isOver: false });
  ends[1]?.resolve();
  await expect(all).rejects.toThrow("full");
  expect(begun).toEqual([0, 1]);
});

test("nothing to do", async () => {
  await expect(inParallel(2, [])).resolves.toBeUndefined();
});
