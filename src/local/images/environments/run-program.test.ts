import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { eventually } from "../../../testing/eventually.ts";
import { runProgram, silent } from "./run-program.ts";

/** One that nobody has buried yet does not run. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

const sh = (script: string) => ({ argv: ["sh", "-c", script] });

test("answers what was written, and tells whole lines", async () => {
  const lines: string[] = [];
  const running = { progress: (line: string) => void lines.push(line), signal: new AbortController().signal };
  expect(await runProgram(sh("echo one; printf 'a\\rb\\n' >&2; printf last"), running)).toMatch(/one[^]*last/);
  expect(lines.toSorted()).toEqual(["b", "last", "one"]);
});

test("a failure has the last lines", async () => {
  const failed = runProgram(sh("echo it is broken; exit 3"), silent(new AbortController().signal));
  await expect(failed).rejects.toThrow("failed with 3: it is broken");
});

test("when it is aborted, what it started ends too", async () => {
  const stop = new AbortController();
  let child = 0;
  const running = { progress: (line: string) => void (child = Number(line)), signal: stop.signal };
  const ended = runProgram(sh("sleep 600 & echo $!; wait"), running);
  await eventually(() => child > 0, "the program runs");
  stop.abort(new Error("no longer wanted"));
  await expect(ended).rejects.toThrow("no longer wanted");
  await eventually(() => !isRunning(child), "the program has ended");
});

test("nothing is started for one who has given up already", async () => {
  await expect(runProgram(sh("echo no"), silent(AbortSignal.abort(new Error("over"))))).rejects.toThrow("over");
});
