import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findManifest } from "./find-manifest.ts";
import { goodManifest, runIn } from "../command-line.test-support.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "windlass-find-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = undefined;
});

function write(...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), goodManifest);
  }
}

const windlass = (...args: readonly string[]) => runIn(folder, ...args);

describe("the manifest of a folder is", () => {
  test.each([
    ["its manifest.yaml", ["a/manifest.yaml", "a/manifest.yml"], "a/manifest.yaml"],
    ["its manifest.yml", ["a/manifest.yml"], "a/manifest.yml"],
    ["its own before those of aichor_manifests", ["a/manifest.yaml", "a/aichor_manifests/b.yaml"], "a/manifest.yaml"],
    ["the only one of aichor_manifests", ["a/aichor_manifests/b.yaml"], "a/aichor_manifests/b.yaml"],
  ])("%s, named or stood in", (_, files, found) => {
    write(...files);
    expect(findManifest(folder, "a")).toBe(join(folder, found));
    expect(findManifest(join(folder, "a"))).toBe(join(folder, found));
  });

  test("none, when there are several to choose from", () => {
    write("aichor_manifests/a.yaml", "aichor_manifests/b.yaml");
    expect(() => findManifest(folder)).toThrow("several manifests in aichor_manifests/");
  });
});

test.each(["run", "plan", "validate", "migrate"])("%s of a folder without a manifest says so", async (command) => {
  const { err, out } = await windlass(command, ".");
  expect(out + err).toContain(`${folder} has no manifest.yaml`);
  expect(out + err).toContain("  name a manifest file, or a folder that has one");
});

test("validate takes a folder", async () => {
  write("a/manifest.yaml");
  expect(await windlass("validate", "a")).toEqual({ status: 0, out: "✓ a/manifest.yaml: valid\n", err: "" });
});

test("a misspelt file is told with the one that is there", async () => {
  write("manifest.yaml");
  const { err } = await windlass("plan", "manifets.yaml");
  expect(err).toContain(`did you mean ${join(folder, "manifest.yaml")}?`);
});

test("run refuses a source folder that is not there before anything starts", async () => {
  write("manifest.yaml");
  const { status, out, err } = await windlass("run", "--source", "nowhere");
  expect([status, out]).toEqual([1, ""]);
  expect(err).toContain("--source nowhere does not exist [FILE_NOT_FOUND]");
});

test("run calls a manifest elsewhere by its whole name", async () => {
  writeFileSync(join(folder, "bad.yaml"), "");
  mkdirSync(join(folder, "deep"));
  const { err } = await runIn(join(folder, "deep"), "run", "../bad.yaml");
  expect(err).toMatch(new RegExp(`^${join(folder, "bad.yaml")}:1:1: error: the file is empty`));
});
