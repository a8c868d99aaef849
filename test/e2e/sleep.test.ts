/**
 * A laptop that sleeps: every process of it stops and goes on later. Nothing that ran is lost or out of time because of
 * that, and whoever watched goes on watching.
 */
import { afterAll, expect, test } from "vitest";
import { childrenOf, send } from "../../src/local/kubelet/runtime/processes.ts";
import { kubectl } from "./kubectl.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { shellManifest, type Started, Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

/** Longer than what counts as a sleep, and than the time limit of the experiment. */
const asleepMs = 15_000;

const withDescendants = (pid: number): readonly number[] => [pid, ...childrenOf(pid).flatMap(withDescendants)];

/** The cluster with its pods, and these commands. */
async function sleepTogether(commands: readonly Started[]): Promise<void> {
  const roots = [windlass.pid(), ...commands.map(({ child }) => child.pid ?? 0)];
  const all = roots.flatMap(withDescendants);
  for (const pid of all) send(pid, "SIGSTOP");
  const woken = Date.now() + asleepMs;
  await eventually(() => Date.now() >= woken, "the night is over");
  for (const pid of all) send(pid, "SIGCONT");
}

test("an experiment and its viewers go on where they were, and it is told", async () => {
  const command = "for n in 1 2 3 4 5; do echo line $n; sleep 1; done";
  const run = windlass.start("run", windlass.project(shellManifest(command, "  timeout: 12s\n")));
  await eventually(() => run.output().includes("line 1"), "the command runs");
  const viewer = windlass.start("logs", "-f", "latest");
  await eventually(() => viewer.output().includes("line 1"), "the viewer shows it");
  await sleepTogether([run, viewer]);
  for (const { status, output } of await Promise.all([run.ended, viewer.ended])) {
    expect(status, output).toBe(0);
    expect(output.match(/line \d/g)).toEqual(["line 1", "line 2", "line 3", "line 4", "line 5"]);
  }
  const { stdout } = await kubectl(windlass, ["describe", "node", "local"]);
  expect(stdout).toMatch(
    /Slept .*this machine slept, or the local cluster was paused, for 1\ds .*time limits do not count it/,
  );
  expect((await windlass.run("why", "latest")).output).toContain("nothing is wrong");
});

test("an experiment that runs out of time after a sleep still does, and why tells of the sleep", async () => {
  const run = windlass.start("run", windlass.project(shellManifest("echo up; exec sleep 1000", "  timeout: 12s\n")));
  await eventually(() => run.output().includes("up\n"), "the command runs");
  await sleepTogether([run]);
  const isRunning = await windlass.json<{ status: { state: string } }>("get", "latest");
  expect(isRunning.status.state).toBe("Processing");
  expect((await windlass.run("why", "latest")).output).toMatch(/Running: .*[\s\S]*Slept: .* for 1\ds, until /);
  expect((await run.ended).status).toBe(124);
});
