/** Ctrl-C on a real terminal: a question, and its answers; a closed window; all of it however the command is called. */
import { afterAll, describe, expect, test } from "vitest";
import { keys, openTerminal, type Terminal, waysToCall } from "./terminal.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { programFile, shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

const { interrupt, down, enter } = keys;
const terminal = (...args: readonly string[]) =>
  openTerminal([process.execPath, programFile, ...args], { env: windlass.env });

const stateOf = async () =>
  (await windlass.json<{ readonly status: { readonly state: string } }>("get", "latest")).status.state;
const cancelled = () => eventually(async () => (await stateOf()) === "Cancelled", "it is cancelled");

async function asked(command = "echo it runs; sleep 1000"): Promise<Terminal> {
  const run = terminal("run", windlass.project(shellManifest(command)));
  await run.shows("it runs");
  run.type(interrupt);
  await run.shows("The experiment is still running");
  await run.shows("cancel it");
  return run;
}

describe("Ctrl-C asks", () => {
  test('and "keep watching" goes on to the end', async () => {
    const run = await asked("echo it runs; sleep 4; echo and ends");
    run.type(enter);
    await run.shows("and ends");
    await run.shows("Succeeded");
    expect(await run.ended).toBe(0);
  });

  test('and "cancel it" ends it', async () => {
    const run = await asked();
    run.type(down);
    await run.shows("it continues in the background");
    run.type(down);
    await run.shows("cancel it");
    run.type(enter);
    await run.shows("cancelling");
    await run.shows("Cancelled");
    expect(await run.ended).toBe(130);
    expect(await stateOf()).toBe("Cancelled");
  });

  test("and a second Ctrl-C cancels; a third leaves at once", async () => {
    const run = await asked("trap '' TERM; echo it runs; while :; do sleep 1; done");
    run.type(interrupt);
    await run.shows("cancelling");
    run.type(interrupt);
    expect(await run.ended).toBe(130);
    // The cluster may be faster than the third key press.
    expect(run.output()).toMatch(/is being cancelled|✗ Cancelled/);
    await cancelled();
  });

  test("also where stdin is not the terminal", async () => {
    const project = windlass.project(shellManifest("echo it runs; sleep 1000"));
    const shell = `"$0" "$1" run "$2" </dev/null`;
    const run = openTerminal(["sh", "-c", shell, process.execPath, programFile, project], { env: windlass.env });
    await run.shows("it runs");
    run.type(interrupt);
    await run.shows("cancel it");
    run.type(interrupt);
    await run.shows("✗ Cancelled");
    await run.ended;
  });
});

describe.each(waysToCall)("one Ctrl-C, %s", (_, { command, env, hasOwnStatus }) => {
  const call = (...args: readonly string[]) =>
    openTerminal([...command, ...args], { env: { ...windlass.env, ...env } });

  test("asks once in run, ends no more than the viewer in logs -f, and a closed window ends nothing", async () => {
    const run = call("run", windlass.project(shellManifest("echo it runs; sleep 1000")));
    await run.shows("it runs");
    run.type(interrupt);
    await run.shows("cancel it");
    run.type(down);
    await run.shows("it continues in the background");
    run.type(enter);
    await run.shows("continues; `");
    expect(hasOwnStatus ? [0] : [0, 130]).toContain(await run.ended);
    expect(run.output()).not.toContain("cancelling");

    const viewer = call("logs", "-f", "latest");
    await viewer.shows("it runs");
    viewer.type(interrupt);
    await viewer.shows("continues; `");
    expect(await viewer.ended).toBe(130);

    const closed = call("logs", "-f", "latest");
    await closed.shows("it runs");
    closed.close();
    expect(await closed.ended).toBe(129);
    expect(await stateOf()).toBe("Processing");
    expect((await windlass.run("cancel", "latest")).status).toBe(0);
  });
});

test("a closed window detaches from a run", async () => {
  const run = terminal("run", windlass.project(shellManifest("echo it runs; sleep 1000")));
  await run.shows("it runs");
  run.close();
  expect(await run.ended).toBe(129);
  expect(await stateOf()).toBe("Processing");
  expect((await windlass.run("cancel", "latest")).status).toBe(0);
});

test("what is on the terminal before and after is left as it was", async () => {
  const run = terminal("run", windlass.project(shellManifest("echo one; sleep 1; echo two")));
  await run.shows("one");
  await run.shows("two");
  expect(await run.ended).toBe(0);
  const hidden = run.output().lastIndexOf("\u001b[?25l");
  expect(run.output().lastIndexOf("\u001b[?25h")).toBeGreaterThanOrEqual(hidden);
});
