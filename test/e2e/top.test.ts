/** `top`: what pods use now and used at most, also after the end. */
import { afterAll, expect, test } from "vitest";
import { keys, openTerminal } from "./terminal.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { programFile, shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

interface Row {
  readonly pod: string;
  readonly part: string;
  readonly hasEnded: boolean;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly peakMemoryBytes?: number;
}

const rows = () => windlass.json<readonly Row[]>("top", "latest");
const program =
  "import os, time; keep = bytearray(64 << 20); print('ready', flush=True)\nwhile not os.path.exists('/tmp/stop'): time.sleep(0.1)";

test("what a pod uses is shown while it runs, live on a terminal, and its most after the end", async () => {
  expect((await windlass.run("up")).status).toBe(0);
  expect((await windlass.run("top")).stdout).toBe("no running pods\n");
  const run = windlass.start("run", windlass.project(shellManifest("python3 main.py"), { "main.py": program }));
  await eventually(() => run.output().includes("ready"), "it runs");

  const running = await eventually(async () => {
    const [row] = await rows();
    return row && row.memoryBytes > 64 << 20 && row;
  }, "it uses what it keeps");
  expect(running).toMatchObject({ part: "main", hasEnded: false });
  expect((await windlass.run("top")).stdout).toMatch(
    /POD +PART +CPU +CPU MAX +MEMORY +MEMORY MAX +LIMIT +STATE\n.* main .*running\n/,
  );

  const live = openTerminal([process.execPath, programFile, "top", "latest"], { env: windlass.env, columns: 160 });
  await live.shows("MEMORY MAX");
  await live.shows("MEMORY MAX");
  live.type(keys.interrupt);
  expect(await live.ended).toBe(130);

  await windlass.run("exec", "latest", "--", "touch", "/tmp/stop");
  expect((await run.ended).status).toBe(0);
  const ended = await eventually(async () => (await rows()).find(({ hasEnded }) => hasEnded), "it has ended");
  expect(ended.peakMemoryBytes).toBeGreaterThan(64 << 20);
  expect((await windlass.run("top", "latest")).stdout).toContain("ended");
});
