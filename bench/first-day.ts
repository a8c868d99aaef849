/**
 * What a newcomer waits for: the command line itself, the first line after an edit, and everything from an empty machine to
 * the first line of Ray. The first two from the packed tarball, as people install it, with a local cluster that runs.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { call, type Call, installPacked, machineEnv, succeed } from "../test/e2e/packed.ts";
import { root, shellManifest } from "../test/e2e/windlass.ts";
import { coldStart } from "./cold-start.ts";
import { secondsUntilLine } from "./lines.ts";
import type { Figure } from "./figure.ts";
import { median } from "./median.ts";

const starts = 11;
const edits = 7;

/** Seconds; once beforehand, for the compile cache is filled by the first start. */
function startSeconds(command: readonly string[], where: Call): number {
  succeed(command, where);
  const times = Array.from({ length: starts }, () => {
    const began = performance.now();
    call(command, where);
    return (performance.now() - began) / 1000;
  });
  return median(times);
}

/** Seconds from the start of `run` to the line that only the edited program prints. */
async function editSeconds(windlass: string, where: Call): Promise<number> {
  const times: number[] = [];
  for (let edit = 0; edit < edits; edit++) {
    writeFileSync(join(where.cwd, "main.py"), `print("edit ${edit} is in")\n`);
    const child = spawn(windlass, ["run"], where);
    const ended = new Promise((resolve) => child.once("close", resolve));
    times.push(await secondsUntilLine(child, new RegExp(`^edit ${edit} is in`)));
    await ended;
  }
  return median(times);
}

const below = (name: string, value: number, most: number): Figure => ({
  name,
  value,
  unit: "s",
  goal: `< ${most} s`,
  reached: value < most,
});

async function living(machine: string): Promise<readonly Figure[]> {
  const project = join(machine, "project");
  mkdirSync(project);
  writeFileSync(join(project, "manifest.yaml"), shellManifest("python3 -u main.py"));
  const where = { cwd: project, env: machineEnv(join(machine, "home")) };
  const packed = installPacked(machine, where);
  const checkout = join(root, "bin", "windlass");
  succeed([packed, "up"], where);
  try {
    return [
      below("windlass --version", startSeconds([packed, "--version"], where), 0.2),
      below("windlass list", startSeconds([packed, "list"], where), 0.2),
      below("… --version, from the sources", startSeconds([checkout, "--version"], where), 0.2),
      below("… list, from the sources", startSeconds([checkout, "list"], where), 0.2),
      below("edit to the first line of one pod", await editSeconds(packed, where), 0.7),
    ];
  } finally {
    succeed([packed, "down"], where);
  }
}

export async function firstDay(): Promise<readonly Figure[]> {
  const machine = mkdtempSync("/var/tmp/windlass-bench-first-day-");
  try {
    return [...(await living(machine)), ...(await coldStart(machine))];
  } finally {
    rmSync(machine, { recursive: true, force: true });
  }
}
