/** When a process printed a line: what a person at its terminal would have seen. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** Calls `see` with every line of both streams, and the time it came (`performance.now()`). */
export function onLines(child: ChildProcess, see: (line: string, at: number) => void): void {
  for (const input of [child.stdout, child.stderr]) {
    if (input) createInterface({ input }).on("line", (line) => see(line, performance.now()));
  }
}

/** Long enough for an environment that is made first. */
const limitMs = 600_000;

/** Seconds from now to the first line that matches. Throws with the output when none comes before the end, or in ten minutes. */
export function secondsUntilLine(child: ChildProcess, pattern: RegExp): Promise<number> {
  const started = performance.now();
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    onLines(child, (line, at) => {
      lines.push(line);
      if (pattern.test(line)) resolve((at - started) / 1000);
    });
    const fail = () => reject(new Error(`${pattern} was not printed:\n${lines.join("\n")}`));
    child.once("close", fail);
    setTimeout(fail, limitMs).unref();
  });
}
