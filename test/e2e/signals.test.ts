/** Signals and pipes without a terminal: only `run` and `cancel` ever cancel, and what is printed is what happened. */
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { spawn } from "node:child_process";
import { eventually } from "../../src/testing/eventually.ts";
import { programFile, root, shellManifest, type Started, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

const stateOf = async () =>
  (await windlass.json<{ readonly status: { readonly state: string } }>("get", "latest")).status.state;
const shows = (started: Started, text: string) =>
  eventually(() => started.output().includes(text), `it shows ${text}: ${started.output()}`);
const project = windlass.project(shellManifest("echo it runs; while :; do sleep 0.2; echo more; done"));

interface ViewerRow {
  readonly signal: NodeJS.Signals;
  readonly args: readonly string[];
  readonly status: number;
}

const viewers: Readonly<Record<string, ViewerRow>> = {
  "SIGTERM, as GNU timeout sends it": { signal: "SIGTERM", args: [], status: 143 },
  "SIGINT, as a CI system sends it": { signal: "SIGINT", args: [], status: 130 },
  SIGHUP: { signal: "SIGHUP", args: [], status: 129 },
};

describe("a viewer that is ended leaves the experiment alone", () => {
  beforeEach(async () => {
    await windlass.run("cancel", "latest");
    expect((await windlass.run("run", "-d", project)).status).toBe(0);
  });

  test.each(Object.entries(viewers))("%s", async (_, { signal, args, status }) => {
    const viewer = windlass.start("logs", "-f", "latest", ...args);
    await shows(viewer, "it runs");
    viewer.child.kill(signal);
    const { status: ended, output } = await viewer.ended;
    expect(output).toContain("continues; `windlass logs -f");
    expect(ended).toBe(status);
    expect(await stateOf()).toBe("Processing");
  });
});

describe("run without a terminal", () => {
  test("SIGTERM cancels, and says so", async () => {
    const run = windlass.start("run", project);
    await shows(run, "it runs");
    run.child.kill("SIGTERM");
    const { status, output } = await run.ended;
    expect(output).toContain("✗ Cancelled");
    expect(output).not.toContain("continues;");
    expect(status).toBe(130);
  });

  test("a second signal leaves an experiment that is being cancelled, and says so", async () => {
    const run = windlass.start(
      "run",
      windlass.project(shellManifest("trap '' TERM; echo it runs; while :; do sleep 1; done")),
    );
    await shows(run, "it runs");
    run.child.kill("SIGINT");
    await shows(run, "cancelling");
    run.child.kill("SIGTERM");
    const { status, output } = await run.ended;
    // The cluster may be faster than the second signal.
    expect(output).toMatch(/is being cancelled|✗ Cancelled/);
    expect(output).not.toContain("continues;");
    expect(status).toBe(130);
    await eventually(async () => (await stateOf()) === "Cancelled", "it is cancelled");
  });

  test("SIGHUP detaches", async () => {
    const run = windlass.start("run", project);
    await shows(run, "it runs");
    run.child.kill("SIGHUP");
    const { status, output } = await run.ended;
    expect(output).toContain("continues; `windlass logs -f");
    expect(status).toBe(129);
    expect(await stateOf()).toBe("Processing");
    await windlass.run("cancel", "latest");
  });
});

/** Runs a line of bash in which `windlass` is the command. */
function bash(line: string): Promise<{ readonly status: number; readonly output: string }> {
  const script = `windlass() { "${process.execPath}" "${programFile}" "$@"; }; ${line}`;
  const child = spawn("bash", ["-c", script], { cwd: root, env: windlass.env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ status: code ?? -1, output })));
}

describe("a reader that goes away", () => {
  test("detaches from a run, which does not end as if it had succeeded", async () => {
    const { status, output } = await bash(`windlass run "${project}" | head -1; exit "\${PIPESTATUS[0]}"`);
    expect(output).toContain("continues; `windlass logs -f");
    expect(status).toBe(141);
    expect(await stateOf()).toBe("Processing");
  });

  test("ends a viewer", async () => {
    const { status } = await bash('windlass logs -f latest | head -1; exit "${PIPESTATUS[0]}"');
    expect(status).toBe(141);
    expect(await stateOf()).toBe("Processing");
    expect((await windlass.run("cancel", "latest")).status).toBe(0);
  });
});

test.each(["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])("run goes to the end with %s", async (closed) => {
  const once = windlass.project(shellManifest("echo it runs"));
  expect((await bash(`windlass run "${once}" ${closed}`)).status).toBe(0);
  expect(await stateOf()).toBe("Succeeded");
});
