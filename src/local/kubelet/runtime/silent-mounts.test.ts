/** Which mounts are asked, what is known of them for how long, and which paths lead into one. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { servedMounts, SilentMounts, silentMountOf } from "./silent-mounts.ts";

const line = (point: string, type: string) => `40 27 0:35 / ${point} rw,relatime shared:1 - ${type} source rw`;

const tables: Readonly<Record<string, readonly [table: readonly string[], mounts: readonly string[]]>> = {
  "disks and the kernel's own": [
    [line("/", "ext4"), line("/proc", "proc"), line("/sys/fs/fuse/connections", "fusectl")],
    [],
  ],
  "what a server or a program serves": [
    [line("/data", "nfs4"), line("/win", "cifs"), line("/remote", "fuse.sshfs"), line("/scratch", "lustre")],
    ["/data", "/win", "/remote", "/scratch"],
  ],
  "a name with a space, mounted twice": [[line("/my\\040data", "nfs"), line("/my\\040data", "nfs")], ["/my data"]],
  "no table at all": [[""], []],
};
test.each(Object.entries(tables))("of the mounts, those are asked that may hang: %s", (_, [table, mounts]) => {
  expect(servedMounts(table.join("\n"))).toEqual(mounts);
});

/** A machine with one served mount, and what is asked and told. */
function machine() {
  let time = 0;
  let table = line("/data", "nfs4");
  let end = () => {};
  const asked: number[] = [];
  const told: boolean[] = [];
  let answer: boolean = true;
  const mounts = new SilentMounts({
    now: () => time,
    table: () => table,
    changed: (_, answers) => told.push(answers),
    ask() {
      asked.push(time);
      const ended = answer ? Promise.resolve() : new Promise<void>((resolve) => (end = resolve));
      return { inTime: Promise.resolve(answer), ended };
    },
  });
  return {
    asked,
    told,
    at(seconds: number, answers: boolean) {
      time = seconds * 1000;
      answer = answers;
      return mounts.find();
    },
    unmount: () => (table = ""),
    letGo: () => end(),
  };
}

describe("a mount", () => {
  test("that answers is asked again after ten seconds", async () => {
    const { at, asked, told } = machine();
    for (const seconds of [0, 9, 10, 11]) expect(await at(seconds, true)).toEqual([]);
    expect([asked, told]).toEqual([[0, 10_000], []]);
  });

  test("that is silent is told once, and keeps nobody waiting the second time", async () => {
    const { at, asked, told, letGo } = machine();
    expect(await at(0, false)).toEqual(["/data"]);
    expect(await at(20, false)).toEqual(["/data"]);
    // One question hangs already.
    expect([asked, told]).toEqual([[0], [false]]);
    letGo();
    await Promise.resolve();
    expect(await at(30, true)).toEqual(["/data"]);
    expect(await at(31, true)).toEqual([]);
    expect([asked, told]).toEqual([
      [0, 30_000],
      [false, true],
    ]);
  });

  test("that was taken away is forgotten", async () => {
    const { at, unmount } = machine();
    await at(0, false);
    unmount();
    expect(await at(1, false)).toEqual([]);
  });
});

describe("a path", () => {
  let root = "";
  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "windlass-silent-")));
    mkdirSync(join(root, "share", "set"), { recursive: true });
    mkdirSync(join(root, "own"));
    symlinkSync("../share/set", join(root, "own", "link"));
    symlinkSync("loop", join(root, "loop"));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test.each<[string, string, string | undefined]>([
    ["is the mount", "share", "share"],
    ["is below it", "share/set/none", "share"],
    ["leads there by a link", "own/link/words", "share"],
    ["leads there by its parent", "own/../share", "share"],
    ["is beside it", "shared", undefined],
    ["leads nowhere", "loop/x", undefined],
  ])("that %s", (_, path, mount) => {
    const silent = [join(root, "share")];
    expect(silentMountOf(`${root}/${path}`, silent)).toBe(mount && join(root, mount));
    expect(silentMountOf(`${root}/${path}`, [])).toBeUndefined();
  });
});
