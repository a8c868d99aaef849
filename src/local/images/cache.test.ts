import { existsSync, linkSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cacheFolder, listCache, markUsed, packagesFolder, removeEntry, sizeOf, unusedEntries } from "./cache.ts";

let cache: string;
const old = new Date("2026-01-01T00:00:00Z");
const recently = new Date("2026-03-01T00:00:00Z");

function environment(name: string, usedAt: Date): string {
  const path = join(cacheFolder(cache, "environment"), name);
  mkdirSync(join(path, "bin"), { recursive: true });
  writeFileSync(join(path, "bin", "python"), "x".repeat(1000));
  writeFileSync(join(path, ".complete"), "ray\n");
  utimesSync(join(path, ".complete"), usedAt, usedAt);
  return path;
}

function image(name: string, usedAt: Date): string {
  const path = join(cacheFolder(cache, "image"), `${name}.json`);
  mkdirSync(cacheFolder(cache, "image"), { recursive: true });
  writeFileSync(path, "{}");
  utimesSync(path, usedAt, usedAt);
  return path;
}

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "windlass-cache-"));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

describe("the cache", () => {
  test("is empty before anything was made", () => expect(listCache(cache)).toEqual([]));

  test("lists what it holds, with its size and when it was last used", () => {
    environment("a", old);
    image("one", recently);
    const entries = listCache(cache);
    expect(entries.map(({ kind, name, usedAt }) => ({ kind, name, usedAt }))).toEqual([
      { kind: "environment", name: "a", usedAt: old },
      { kind: "image", name: "one.json", usedAt: recently },
    ]);
    expect(sizeOf(entries[0]?.path ?? "")).toBeGreaterThan(1000);
  });

  test("lists downloaded packages as one, and counts each link to them by its share", () => {
    const path = environment("a", old);
    mkdirSync(join(packagesFolder(cache), "archive"), { recursive: true });
    linkSync(join(path, "bin", "python"), join(packagesFolder(cache), "archive", "python"));
    utimesSync(packagesFolder(cache), recently, recently);
    const packages = listCache(cache).find(({ kind }) => kind === "packages");
    expect(packages).toMatchObject({ name: "downloaded packages", usedAt: recently });
    expect(sizeOf(join(packages?.path ?? "", "archive", "python"))).toBe(500);
    expect(sizeOf(join(path, "bin", "python"))).toBe(500);
  });

  test("does not list what is being made", () => {
    environment("a", old);
    writeFileSync(join(cacheFolder(cache, "environment"), "a.lock"), "1");
    expect(listCache(cache)).toEqual([]);
  });

  test("gives up what is old and needed by nobody", () => {
    const [needed, left] = [environment("needed", old), environment("left", old)];
    environment("young", recently);
    const before = new Date("2026-02-01T00:00:00Z");
    expect(unusedEntries(listCache(cache), new Set([needed]), before).map(({ path }) => path)).toEqual([left]);
  });

  test("remembers that an entry is used", () => {
    const path = environment("a", old);
    markUsed(join(path, ".complete"));
    expect(listCache(cache)[0]?.usedAt.getTime()).toBeGreaterThan(recently.getTime());
  });

  test("removes folders and files", async () => {
    const paths = [environment("a", old), image("one", old)];
    for (const entry of listCache(cache)) await removeEntry(entry);
    expect(paths.filter((path) => existsSync(path))).toEqual([]);
  });
});
