import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { cpuFilesOfVersion1, filesOfVersion2, hierarchiesOf, memoryFilesOfVersion1 } from "./cgroup-hierarchies.ts";
import { openCgroups } from "./cgroups.ts";
import type { Limits } from "./types.ts";

const limits: Limits = { memoryBytes: 1 << 26, cpuMillis: 250 };

describe("files of a group", () => {
  it("limits memory and CPU in version 2, and lets nothing go to swap instead", () => {
    expect(filesOfVersion2(limits)).toEqual({
      "memory.max": "67108864",
      "memory.swap.max": "0",
      "memory.oom.group": "1",
      "cpu.max": "25000 100000",
    });
  });
  it("limits nothing in version 2 that the container does not limit", () => {
    expect(filesOfVersion2({})).toEqual({
      "memory.max": "max",
      "memory.swap.max": "max",
      "memory.oom.group": "1",
      "cpu.max": "max",
    });
  });
  it("limits memory before memory and swap in version 1", () => {
    expect(Object.entries(memoryFilesOfVersion1(limits))).toEqual([
      ["memory.limit_in_bytes", "67108864"],
      ["memory.memsw.limit_in_bytes", "67108864"],
    ]);
    expect(cpuFilesOfVersion1(limits)).toEqual({ "cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "25000" });
  });
  it("never asks for less CPU than the kernel gives", () => {
    expect(cpuFilesOfVersion1({ cpuMillis: 1 })).toMatchObject({ "cpu.cfs_quota_us": "1000" });
    expect([memoryFilesOfVersion1({}), cpuFilesOfVersion1({})]).toEqual([{}, {}]);
  });
});

describe("the tree of a machine", () => {
  let mountPoint = "";
  beforeEach(() => {
    mountPoint = mkdtempSync(join(tmpdir(), "windlass-cgroups-"));
  });
  afterEach(() => rmSync(mountPoint, { recursive: true, force: true }));
  const offer = (path: string, text = "") => {
    mkdirSync(join(mountPoint, path, ".."), { recursive: true });
    writeFileSync(join(mountPoint, path), text);
  };

  it("has one hierarchy in version 2: at the root, else beside our own group", () => {
    offer("cgroup.controllers", "cpu io memory pids");
    const found = hierarchiesOf({ mountPoint, own: "0::/user.slice/app.slice/shell.scope\n" });
    expect(found.map(({ parents }) => parents)).toEqual([[mountPoint, join(mountPoint, "user.slice/app.slice")]]);
  });
  it("never leaves the tree, where our own group is the root", () => {
    offer("cgroup.controllers", "cpu memory");
    expect(hierarchiesOf({ mountPoint, own: "0::/\n" }).map(({ parents }) => parents)).toEqual([[mountPoint]]);
  });
  it("has a hierarchy for each controller in version 1: at the root, else within our own group", () => {
    for (const name of ["memory", "cpu", "cpuacct"]) offer(`${name}/cgroup.procs`);
    const found = hierarchiesOf({ mountPoint, own: "4:memory:/box/a\n2:cpu,cpuacct:/\n0::/\n" });
    expect(found.map(({ parents }) => parents)).toEqual([
      [join(mountPoint, "memory"), join(mountPoint, "memory/box/a")],
      [join(mountPoint, "cpu")],
      [join(mountPoint, "cpuacct")],
    ]);
  });

  it("loses the groups of a kubelet that was killed, and keeps those of one that is alive", async () => {
    offer("cgroup.controllers", "memory cpu");
    // Above any process id that Linux gives out.
    const dead = `windlass-${2 ** 22 + 1}`;
    const alive = `windlass-${process.ppid}`;
    for (const name of [dead, alive]) mkdirSync(join(mountPoint, name, "run"), { recursive: true });
    await openCgroups({ mountPoint, own: "0::/\n" });
    expect(readdirSync(mountPoint)).not.toContain(dead);
    expect(readdirSync(join(mountPoint, alive))).toEqual(["run"]);
  });

  const notEnforced = "memory and CPU limits are used for scheduling but not enforced";
  test.each<[string, () => void, string]>([
    ["nothing is mounted", () => {}, "no control groups for memory and cpu below"],
    ["a controller is missing", () => offer("cgroup.controllers", "memory pids"), "no cpu controller in"],
    [
      "groups have no controllers",
      () => offer("cgroup.controllers", "memory cpu"),
      "cannot create control groups: ENOENT",
    ],
  ])("enforces nothing where %s and says why", async (_, prepare, why) => {
    prepare();
    const cgroups = await openCgroups({ mountPoint, own: "0::/\n" });
    expect(cgroups.enforced).toBe(false);
    expect(cgroups.reason).toContain(`${notEnforced}: ${why}`);
    expect(cgroups.create("run", limits)).toBeUndefined();
  });
});
