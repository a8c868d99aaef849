/**
 * examples/kuberay against the same commands typed by hand: from the start to the first line of the user's program, and
 * from the program's end to `Succeeded`. Pairs of runs, one after the other; the environment is made beforehand.
 */
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, Windlass } from "../test/e2e/windlass.ts";
import { byHand } from "./by-hand.ts";
import { onLines } from "./lines.ts";
import type { Figure } from "./figure.ts";
import { median } from "./median.ts";

const pairs = 3;

/** The example, with a command that says when it ended, and which `ray` it had. */
function example(windlass: Windlass): string {
  const folder = join(windlass.home, "example");
  cpSync(join(root, "examples", "kuberay"), folder, { recursive: true });
  const file = join(folder, "manifest.yaml");
  const command = /command: "(.*)"/;
  const text = readFileSync(file, "utf8");
  if (!command.test(text)) throw new Error(`${file} has no quoted command`);
  writeFileSync(file, text.replace(command, `command: "$1; date +ended=%s.%N; echo ray=$$(command -v ray)"`));
  return folder;
}

interface Times {
  /** Seconds from `windlass run` to the program's first line. */
  readonly firstLine: number;
  /** Seconds from the program's end to `Succeeded`. */
  readonly toSucceeded: number;
  /** The folder of the environment's programs: by hand the same Ray is used. */
  readonly bin: string;
}

async function experiment(windlass: Windlass, folder: string): Promise<Times> {
  const started = performance.now();
  const { child, ended } = windlass.start("run", folder);
  let first = 0;
  let programEnded = 0;
  let succeeded = 0;
  let bin = "";
  onLines(child, (line, at) => {
    const end = /ended=([\d.]+)/.exec(line)?.[1];
    if (end) programEnded = Number(end);
    bin ||= /^ray=(.*)\/ray$/.exec(line)?.[1] ?? "";
    if (line.startsWith("connected to a Ray cluster of 4 nodes")) first = at - started;
    if (line.includes("Succeeded")) succeeded = Date.now() / 1000;
  });
  const { status, output } = await ended;
  if (status !== 0 || !first || !programEnded || !bin) throw new Error(output);
  return { firstLine: first / 1000, toSucceeded: succeeded - programEnded, bin };
}

export async function experimentBench(): Promise<readonly Figure[]> {
  const windlass = new Windlass();
  try {
    const folder = example(windlass);
    const { bin } = await experiment(windlass, folder);
    const ours: Times[] = [];
    const typed: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      ours.push(await experiment(windlass, folder));
      typed.push(await byHand(bin));
    }
    const first = median(ours.map(({ firstLine }) => firstLine));
    const end = median(ours.map(({ toSucceeded }) => toSucceeded));
    const ratio = first / median(typed);
    return [
      { name: "demo, start to the first line of output", value: first, unit: "s", goal: "", reached: true },
      {
        name: "… to the same typed by hand",
        value: ratio,
        unit: "x",
        goal: "≤ 1.3 x",
        reached: ratio <= 1.3,
      },
      { name: "end of the command to Succeeded", value: end, unit: "s", goal: "< 2 s", reached: end < 2 },
    ];
  } finally {
    await windlass.stop();
  }
}
