/** A disk that is really full: a small file system of its own holds everything. Needs root, as CI has. */
import { execFileSync } from "node:child_process";
import { appendFileSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { processesWith, shellManifest, Windlass, type Started } from "./windlass.ts";

const disk = mkdtempSync(join("/var/tmp", "windlass-disk-"));
const windlass = new Windlass({ WINDLASS_HOME: join(disk, "home") });
const filler = join(disk, "filler");

beforeAll(() => {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m", "tmpfs", disk]);
});
afterAll(async () => {
  rmSync(filler, { force: true });
  await windlass.stop();
  await eventually(() => {
    try {
      execFileSync("umount", [disk], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  }, "nobody uses the disk any more");
  rmSync(disk, { recursive: true });
});

/** Writes until not a byte more fits, nor in the last page of the cluster's own log. */
function fill(): void {
  const log = join(disk, "home", "state", "windlass.log");
  appendFileSync(log, "\n".repeat(4096 - (statSync(log).size % 4096)));
  const fd = openSync(filler, "a");
  const block = Buffer.alloc(64 * 1024);
  try {
    for (;;) writeSync(fd, block);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
  } finally {
    closeSync(fd);
  }
}

const free = () => rmSync(filler);

interface Listed {
  readonly metadata: { readonly name: string };
  readonly status: { readonly state: string };
}
const names = async () =>
  (await windlass.json<readonly Listed[]>("list")).map(({ metadata }) => metadata.name).toSorted();

const loop = (stop: string) => `until [ -e ${stop} ]`;

/** Prints a line every tenth of a second until the file is there, then ends well. */
const talker = (stop: string) => shellManifest(`i=0; ${loop(stop)}; do echo line $i; i=$((i+1)); sleep 0.1; done`);

describe("while the disk is full", () => {
  const folder = mkdtempSync("/var/tmp/windlass-stop-");
  const stop = join(folder, "stop");
  afterAll(() => rmSync(folder, { recursive: true }));
  let run: Started;
  let acknowledged: readonly string[] = [];

  test("what is running goes on, and can be looked at", async () => {
    run = windlass.start("run", windlass.project(talker(stop)), "--mount", folder);
    await eventually(() => run.output().includes("line 1\n"), "the command runs");
    acknowledged = await names();
    fill();
    expect(await names()).toEqual(acknowledged);
    const shown = await windlass.json<{ readonly pods: readonly { readonly status: { readonly phase: string } }[] }>(
      "get",
      "latest",
    );
    expect(shown.pods.map(({ status }) => status.phase)).toEqual(["Running"]);
  });

  test("new experiments are refused with the reason, and are not there afterwards", async () => {
    for (const _ of [1, 2, 3]) {
      const { status, stderr } = await windlass.run("run", "--detach", windlass.project(shellManifest("true")));
      expect(stderr).toMatch(/disk is full .*InsufficientStorage/);
      expect(status).toBe(1);
    }
    const asJson = await windlass.run("run", "-d", "-o", "json", windlass.project(shellManifest("true")));
    expect(JSON.parse(asJson.stderr)).toMatchObject({ error: { code: "InsufficientStorage" } });
    expect(asJson.stdout).toBe("");
    expect(await names()).toEqual(acknowledged);
  });

  test("with room again everything goes on where it was: the command ended well, new ones run", async () => {
    free();
    mkdirSync(stop);
    const { status, output } = await run.ended;
    expect(output).toContain("Succeeded");
    expect(status).toBe(0);
    const next = await windlass.run("run", windlass.project(shellManifest("echo there is room")));
    expect(next.output).toContain("there is room");
    expect(next.status).toBe(0);
  });

  test("a command that ends meanwhile has its end known when there is room", async () => {
    rmSync(stop, { recursive: true });
    const submitted = await windlass.run("run", "-d", windlass.project(talker(stop)), "--mount", folder);
    await eventually(async () => (await windlass.run("logs", "latest")).output.includes("line 1\n"), "it runs");
    fill();
    expect(processesWith(loop(stop))).not.toEqual([]);
    mkdirSync(stop);
    await eventually(() => processesWith(loop(stop)).length === 0, "the command has ended");
    expect((await windlass.run("status")).status).toBe(0);
    free();
    const ended = await eventually(async () => {
      const found = await windlass.json<Listed>("get", submitted.stdout.trim());
      return found.status.state !== "Processing" && found;
    }, "its end is known");
    expect(ended.status.state).toBe("Succeeded");
  });

  test("a kill -9 while it is full loses nothing that was acknowledged", async () => {
    const before = await names();
    fill();
    const { pid } = await windlass.json<{ readonly pid: number }>("status");
    process.kill(pid, "SIGKILL");
    free();
    expect((await windlass.run("up")).status).toBe(0);
    expect(await names()).toEqual(before);
  });
});
