import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { builtReference, rayRequest, rayVersionOf } from "./requirements.ts";
import { listSource, SnapshotError, takeSnapshot } from "./snapshot.ts";

test.each([
  ["rayproject/ray:2.60.0", "2.60.0"],
  ["docker.io/rayproject/ray:2.60.0-py311-cpu", "2.60.0"],
  ["registry.local:5000/rayproject/ray:2.52.1", "2.52.1"],
  ["rayproject/ray:nightly", undefined],
  ["python:3.11", undefined],
  ["notrayproject/ray-x:2.6.0", undefined],
])("the Ray of %s is %s", (reference, wanted) => expect(rayVersionOf(reference)).toBe(wanted));

test.each([
  ["rayproject/ray:2.60.0-py311-cpu", ["3.11"]],
  ["rayproject/ray:2.9.0.py39", ["3.9"]],
  ["rayproject/ray:2.60.0", []],
])("the Python of %s is %j", (reference, wanted) => {
  expect(rayRequest(reference)?.python.map(({ version }) => version)).toEqual(wanted);
});

test("references are lower case", () =>
  expect(builtReference("My Image", "0123456789abcdef")).toBe("windlass.local/my-image:0123456789ab"));

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
  test("what a .dockerignore takes back is there, in an ignored folder too", () => {
    write("a.py", "");
    write("pkg/b.py", "");
    write("pkg/c.py", "");
    write(".dockerignore", "*\n!pkg/b.py\n");
    expect(listSource(join(folder, "src"))).toEqual(["pkg/b.py"]);
  });
  test("a file to keep is there whatever the ignore file says", () => {
    write("Dockerfile", "");
    write("a.py", "");
    write(".dockerignore", "Dockerfile\n.dockerignore\n");
    expect(take().files).toBe(1);
    expect(takeSnapshot(join(folder, "src"), join(folder, "store"), { keep: ["Dockerfile", "gone"] }).files).toBe(2);
  });
  test("a link that leads out is refused by name", () => {
    symlinkSync("/etc/passwd", join(folder, "src", "link"));
    expect(take).toThrow(SnapshotError);
  });
  test("a folder that is not there", () =>
    expect(() => takeSnapshot(join(folder, "none"), folder)).toThrow(/does not exist/));
});
