import { expect, it } from "vitest";
import { remembering } from "./remember.ts";

it("finds out once a second for each key", () => {
  let now = 0;
  let times = 0;
  const remember = remembering<number>(() => now);
  const ask = (key: string) => remember(key, () => ++times);
  expect([ask("a"), ask("a"), ask("b")]).toEqual([1, 1, 2]);
  now = 999;
  expect(ask("a")).toBe(1);
  now = 1000;
  expect([ask("a"), ask("b"), ask("b")]).toEqual([3, 4, 4]);
});
