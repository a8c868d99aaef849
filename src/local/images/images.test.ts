import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isMetByMachine } from "./python.ts";
import {
  builtReference,
  dockerfileFacts,
  environmentDigest,
  pyprojectDependencies,
  rayVersionOf,
  requirementLines,
  withRay,
} from "./requirements.ts";
import { parseIgnore, SnapshotError, takeSnapshot } from "./snapshot.ts";

test.each([
  ["rayproject/ray:2.60.0", "2.60.0"],
  ["docker.io/rayproject/ray:2.60.0-py311-cpu", "2.60.0"],
  ["registry.local:5000/rayproject/ray:2.52.1", "2.52.1"],
  ["rayproject/ray:nightly", undefined],
  ["python:3.11", undefined],
  ["notrayproject/ray-x:2.6.0", undefined],
])("the Ray of %s is %s", (reference, wanted) => expect(rayVersionOf(reference)).toBe(wanted));

// pip is there wherever it can be asked at all.
test.each([
  [["--extra-index-url https://example.invalid/cpu", "pip"], true],
  [["pip", "windlass-no-such-package-xyz"], false],
  [["pip @ https://example.invalid/pip.whl"], false],
  [["./src"], false],
  [["-r more.txt"], false],
])(
  "the machine's Python has %j: %s",
  async (requirements, wanted) => expect(await isMetByMachine(requirements, AbortSignal.timeout(60_000))).toBe(wanted),
  60_000,
);

describe("what a folder asks for", () => {
  test("requirements without comments and continuations", () =>
    expect(requirementLines("# c\nray[default]==2.60.0  # why\n\nnumpy \\\n  >=1\n")).toEqual([
      "ray[default]==2.60.0",
      "numpy    >=1",
    ]));
  test("the dependencies of a pyproject.toml", () =>
    expect(
      pyprojectDependencies(
        '[project]\nname = "x"\ndependencies = [\n  "ray[default]==2.60.0",\n  "numpy",\n]\n[tool.x]\ndependencies = ["no"]\n',
      ),
    ).toEqual(["ray[default]==2.60.0", "numpy"]));
  test("a Dockerfile's Ray and simple variables", () =>
    expect(
      dockerfileFacts('FROM --platform=linux rayproject/ray:2.60.0\nENV A=1 B="two words" PATH=/x C=$A\n'),
    ).toEqual({ ray: "2.60.0", env: { A: "1", B: "two words" } }));
  test("Ray is added where nothing names it", () => {
    expect(withRay(["numpy"], "2.60.0")).toEqual(["numpy", "ray[default]==2.60.0"]);
    expect(withRay(["ray==2.1"], "2.60.0")).toEqual(["ray==2.1"]);
    expect(withRay([], undefined)).toEqual([]);
  });
  test("the order of requirements does not matter", () =>
    expect(environmentDigest({ python: "3", requirements: ["a", "b"] })).toBe(
      environmentDigest({ python: "3", requirements: ["b", "a"] }),
    ));
  test("references are lower case", () =>
    expect(builtReference("My Image", "0123456789abcdef")).toBe("windlass.local/my-image:0123456789ab"));
});

describe("snapshots", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "snapshot-"));
    mkdirSync(join(folder, "src", "pkg"), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const take = () => takeSnapshot(join(folder, "src"), join(folder, "store"));
  const write = (path: string, text: string) => writeFileSync(join(folder, "src", path), text);

  test("the same content is one snapshot, and later changes do not reach it", () => {
    write("pkg/a.py", "1");
    const first = take();
    expect(take().folder).toBe(first.folder);
    write("pkg/a.py", "2");
    expect(readFileSync(join(first.folder, "pkg/a.py"), "utf8")).toBe("1");
    expect(take().digest).not.toBe(first.digest);
  });
  test("ignored files stay behind", () => {
    write("a.py", "");
    write("b.log", "");
    write(".gitignore", "*.log\n");
    expect(take().files).toBe(2);
  });
  test("a link that leads out is refused by name", () => {
    symlinkSync("/etc/passwd", join(folder, "src", "link"));
    expect(take).toThrow(SnapshotError);
  });
  test("a folder that is not there", () =>
    expect(() => takeSnapshot(join(folder, "none"), folder)).toThrow(/does not exist/));
  test.each([
    ["*.log", "a/b.log", true],
    ["/data", "data/x", true],
    ["/data", "src/data", false],
    ["build/", "build/x", true],
    ["**/cache", "a/b/cache/x", true],
    ["data/*.bin", "data/x.bin", true],
  ])("%s and %s: %s", (pattern, path, wanted) => expect(parseIgnore(pattern)?.test.test(path)).toBe(wanted));
});
