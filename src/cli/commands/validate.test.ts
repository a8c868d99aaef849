import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { goodManifest, runIn } from "../command-line.test-support.ts";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "windlass-validate-"));
});
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
  process.exitCode = undefined;
});

const bad = goodManifest.replace("ramRatio", "ramRatoi");
const old = goodManifest
  .replace("0.2.3", "0.2.2")
  .replace("    worker:", "    # first\n    Worker:")
  .replace("pytorch", "jax");

const windlass = (...args: readonly string[]) => runIn(cwd, ...args);
const write = (name: string, text: string) => writeFileSync(join(cwd, name), text);

describe("windlass validate", () => {
  it("says that a manifest is valid", async () => {
    write("manifest.yaml", goodManifest);
    expect(await windlass("validate")).toEqual({ status: 0, out: "✓ manifest.yaml: valid\n", err: "" });
  });

  it("prints problems as compilers do, with the rule and the way out", async () => {
    write("manifest.yaml", bad);
    const { status, out } = await windlass("validate", "manifest.yaml");
    expect(status).toBe(1);
    expect(out.split("\n")).toEqual(
      expect.arrayContaining([
        "manifest.yaml:8:47: error: spec.types.worker.resources.ramRatoi is not a field of the manifest [MANIFEST_UNKNOWN_KEY]",
        "  rule: Only fields listed in the reference are allowed.",
        "  help: did you mean ramRatio?",
        "✗ manifest.yaml: not valid, 2 errors",
      ]),
    );
  });

  it("looks at all manifests there are", async () => {
    mkdirSync(join(cwd, "aichor_manifests"));
    write("aichor_manifests/a.yaml", goodManifest);
    write("aichor_manifests/b.yml", bad);
    const { status, out } = await windlass("validate", "-o", "json");
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      files: [
        { file: "aichor_manifests/a.yaml", valid: true, problems: [] },
        { file: "aichor_manifests/b.yml", valid: false, problems: [{ line: 8 }, { code: "MANIFEST_UNKNOWN_KEY" }] },
      ],
    });
  });

  it.each([
    ["a folder without any", ["."], 1, "name a manifest file, or a folder that has one"],
    ["a missing file", ["nope.yaml"], 1, "does not exist [FILE_NOT_FOUND]"],
    ["a file of 5 MB", ["big.yaml"], 1, "[MANIFEST_TOO_LARGE]"],
    ["a file of 17 MB", ["huge.yaml"], 1, "is 17 MB, which is too large for a manifest [MANIFEST_TOO_LARGE]"],
    ["no manifest at all", [], 2, "[NO_MANIFEST]"],
  ])("refuses %s in words", async (_, paths, status, words) => {
    if (paths[0] === "big.yaml") write("big.yaml", "x".repeat(5 << 20));
    if (paths[0] === "huge.yaml") write("huge.yaml", "x".repeat(17 << 20));
    const result = await windlass("validate", ...paths);
    expect(result.status).toBe(status);
    expect(result.out + result.err).toContain(words);
  });
});

describe("windlass migrate", () => {
  const migrated = old.replace("0.2.2", "0.2.3").replace("Worker:", "worker:");

  it("prints the new form and leaves the file", async () => {
    write("manifest.yaml", old);
    const { status, out, err } = await windlass("migrate", "manifest.yaml");
    expect({ status, out }).toEqual({ status: 0, out: migrated });
    expect(err).toContain("renamed types.Worker to worker");
    expect(readFileSync(join(cwd, "manifest.yaml"), "utf8")).toBe(old);
  });

  it("changes the file with --write, once", async () => {
    write("manifest.yaml", old);
    expect((await windlass("migrate", "manifest.yaml", "--write")).out).toBe("");
    expect(readFileSync(join(cwd, "manifest.yaml"), "utf8")).toBe(migrated);
    expect((await windlass("migrate", "manifest.yaml", "--write")).err).toBe("manifest.yaml: nothing to change\n");
  });

  it("changes nothing that it cannot read", async () => {
    write("manifest.yaml", "a: 1\n\tb: 2\n");
    const { status, err } = await windlass("migrate", "manifest.yaml", "--write");
    expect(status).toBe(1);
    expect(err).toContain("nothing was changed [CANNOT_MIGRATE]");
  });
});

describe("windlass plan", () => {
  it("shows pods, requests and variables", async () => {
    write("manifest.yaml", goodManifest);
    const { status, out } = await windlass("plan");
    expect(status).toBe(0);
    expect(out).toMatch(/^worker +2 +1 +2 GiB$/m);
    expect(out).toMatch(/^total +2 +2 +4 GiB$/m);
    expect(out).toContain("  MASTER_PORT=23456");
    expect(out).toContain("creates    JobSet experiment");
  });

  it("prints objects as YAML and all of it as JSON", async () => {
    write("manifest.yaml", goodManifest);
    expect((await windlass("plan", "-o", "yaml")).out).toMatch(
      /^apiVersion: jobset.x-k8s.io\/v1alpha2\nkind: JobSet\n/,
    );
    expect(JSON.parse((await windlass("plan", "-o", "json")).out)).toMatchObject({
      operator: "pytorch",
      demands: [{ pods: 2 }],
    });
  });

  it("stops at an invalid manifest", async () => {
    write("manifest.yaml", bad);
    const { status, err } = await windlass("plan");
    expect(status).toBe(1);
    expect(err).toContain("manifest.yaml: 2 errors [MANIFEST_INVALID]");
  });
});
