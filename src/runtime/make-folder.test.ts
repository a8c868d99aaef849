import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolder } from "./make-folder.ts";

describe("making a folder", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "windlass-folder-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("makes those above it, and nothing when it is there", () => {
    makeFolder(join(root, "a/b/c"), 0o700);
    makeFolder(join(root, "a/b/c"), 0o755);
    expect(statSync(join(root, "a/b/c")).mode & 0o777).toBe(0o700);
  });
  it("fails on a file in the way", () => {
    writeFileSync(join(root, "file"), "");
    expect(() => makeFolder(join(root, "file/x"), 0o700)).toThrow("EEXIST");
    expect(() => makeFolder(join(root, "file"), 0o700)).toThrow("EEXIST");
  });
  it.runIf(existsSync("/proc/self"))("fails at once below /proc", () => {
    expect(() => makeFolder("/proc/windlass/state", 0o700)).toThrow("ENOENT");
  });
});
