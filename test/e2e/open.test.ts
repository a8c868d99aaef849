/** `open`: links to an experiment's pages that work from this machine. */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { programFile, shellManifest, Windlass } from "./windlass.ts";

/** A program of that name which serves the files of its folder, as the real one serves its pages. */
const programs = mkdtempSync("/var/tmp/windlass-programs-");
writeFileSync(
  join(programs, "tensorboard"),
  '#!/bin/sh\ncd /tmp && echo "the board" >index.html && exec python3 -m http.server 6006\n',
);
chmodSync(join(programs, "tensorboard"), 0o755);

const windlass = new Windlass({ PATH: `${programs}:${process.env["PATH"]}` });
afterAll(async () => {
  await windlass.stop();
  rmSync(programs, { recursive: true, force: true });
});

const manifest = (command: string) => shellManifest(command, "  tensorboard: { enabled: true }\n");

test("TensorBoard is opened by a link on 127.0.0.1, which ends with the experiment", async () => {
  const run = windlass.start("run", windlass.project(manifest("while ! test -e /tmp/stop; do sleep 0.2; done")));
  await eventually(() => /`windlass open experiment-\S+ tensorboard`/.test(run.output()), "run says how to open it");
  await eventually(async () => (await windlass.run("exec", "latest", "--", "true")).status === 0, "it runs");

  const open = spawn(process.execPath, [programFile, "open", "latest", "tensorboard"], { env: windlass.env });
  let output = "";
  for (const stream of [open.stdout, open.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  const ended = new Promise((resolve) => void open.once("exit", resolve));
  const url = await eventually(() => /TensorBoard +(http:\/\/127\.0\.0\.1:\d+)\n/.exec(output)?.[1], "there is a link");
  expect(await (await fetch(url)).text()).toBe("the board\n");

  await windlass.run("exec", "latest", "--", "touch", "/tmp/stop");
  expect(await ended).toBe(0);
  expect(output).toMatch(/pod \S+ (has ended|is gone).*: the links are closed/);
  expect((await run.ended).status).toBe(0);

  const gone = await windlass.run("open", "latest", "tensorboard");
  expect(gone.status).toBe(1);
  expect(gone.stderr).toMatch(/experiment-\S+ has ended \(Succeeded\)/);
});

test("a page that the experiment does not have is refused, with how to have it", async () => {
  const { status, stderr } = await windlass.run("open", "latest", "jupyter");
  expect(status).toBe(1);
  expect(stderr).toContain("[NO_DASHBOARD]");
  expect(stderr).toContain("set `spec.debug.jupyter: true`");
});
