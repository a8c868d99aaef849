/** The output of an experiment as it is written: at once, lines whose end has not come, progress bars. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { kubectl, startKubectl } from "./kubectl.ts";
import { openTerminal } from "./terminal.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { programFile, shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

const terminal = (...args: readonly string[]) =>
  openTerminal([process.execPath, programFile, ...args], { env: windlass.env });
const project = (command: string) => windlass.project(shellManifest(command));

test("a terminal shows a line that has no end yet, in run and in logs -f", async () => {
  const run = terminal("run", project("printf 'loading the data ...'; sleep 1000"));
  await run.shows("loading the data ...");
  const viewer = terminal("logs", "-f", "latest");
  await viewer.shows("loading the data ...");
  const pod = terminal("logs", "-f", "latest", "--rank", "main/0/0");
  await pod.shows("loading the data ...");
  for (const { close, ended } of [run, viewer, pod]) {
    close();
    await ended;
  }
  expect((await windlass.run("cancel", "latest")).status).toBe(0);
});

test("a progress bar moves on a terminal; elsewhere its last state is a line", async () => {
  const bar = "for step in 1 2 3; do printf '\\r%s0 percent' $step >&2; sleep 0.5; done; echo >&2; echo done";
  const run = terminal("run", project(bar));
  for (const text of ["10 percent", "20 percent", "30 percent", "done", "Succeeded"]) await run.shows(text);
  expect(await run.ended).toBe(0);
  const { stdout } = await windlass.run("run", project(bar));
  expect(stdout.split("\n").filter((line) => line.includes("percent"))).toEqual(["30 percent"]);
  expect(stdout).not.toContain("\r");
});

test("Python's output is there when it is printed", async () => {
  const run = terminal("run", project("python3 -c 'import time; print(\"it prints\"); time.sleep(1000)'"));
  await run.shows("it prints");
  run.close();
  await run.ended;
  expect((await windlass.run("cancel", "latest")).status).toBe(0);
});

test("two streams that end without a newline are two lines", async () => {
  await windlass.run("run", project("printf out; sleep 0.5; printf err >&2; sleep 0.5"));
  expect((await windlass.run("logs", "latest")).stdout).toBe("out\nerr\n");
});

test("kubectl gets what is written, as it is written, carriage returns and all", async () => {
  const folder = mkdtempSync(join(windlass.home, "steps-"));
  const until = (step: string) => `until test -e /steps/${step}; do sleep 0.05; done`;
  const command = `printf '10%%\\r'; ${until("half")}; printf '20%%\\rhalf'; ${until("end")}; echo ' a line'; printf 'no end'`;
  const run = windlass.start("run", project(command), "--mount", `${folder}:/steps`);
  const { stdout: pod } = await eventually(async () => {
    const found = await kubectl(windlass, [
      "get",
      "pods",
      "-o",
      'jsonpath={.items[?(@.status.phase=="Running")].metadata.name}',
    ]);
    return found.status === 0 && found.stdout !== "" && found;
  }, "the pod runs");
  const log = `/api/v1/namespaces/default/pods/${pod}/log?follow=true`;
  // kubectl's own `logs -f` prints a line when it has all of it.
  const [raw, lines] = [
    ["get", "--raw", log],
    ["logs", "-f", pod],
  ].map((args) => startKubectl(windlass, args));
  const has = (text: string) => eventually(() => raw?.output() === text, `it has ${JSON.stringify(text)}`);
  await has("10%\r");
  writeFileSync(join(folder, "half"), "");
  await has("10%\r20%\rhalf");
  writeFileSync(join(folder, "end"), "");
  const whole = "10%\r20%\rhalf a line\nno end";
  for (const started of [raw, lines]) expect((await started?.ended)?.stdout).toBe(whole);
  expect((await run.ended).status).toBe(0);
});
