import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isSoleUser, registerCacheUser } from "./cache-users.ts";

test("a cache is one cluster's own until another with a state folder uses it", () => {
  const folder = mkdtempSync(join(tmpdir(), "windlass-users-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [cache, one, other] = [join(folder, "cache"), join(folder, "one"), join(folder, "other")];
  expect(isSoleUser(cache, one)).toBe(true);
  for (const state of [one, other]) {
    mkdirSync(state);
    registerCacheUser(cache, state);
  }
  expect([isSoleUser(cache, one), isSoleUser(cache, other)]).toEqual([false, false]);
  rmSync(other, { recursive: true });
  expect(isSoleUser(cache, one)).toBe(true);
});
