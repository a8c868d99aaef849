/** The log of an experiment's build on this machine: its lines, and the last one while it is being written. */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import type { Experiment } from "../api/experiment/types.ts";
import { buildLogFile } from "./daemon/builder.ts";
import { nameOf } from "./experiments.ts";
import type { LogLine } from "./log-stream.ts";
import type { Target } from "./target.ts";

const fileOf = (target: Target, experiment: Experiment): string | undefined =>
  target.local && buildLogFile(target.local.state, nameOf(experiment));

function parseLine(line: string): LogLine {
  const space = line.indexOf(" ");
  return { time: line.slice(0, space), text: line.slice(space + 1) };
}

/** Undefined where nothing was built. */
export function buildLog(target: Target, experiment: Experiment): readonly LogLine[] | undefined {
  const file = fileOf(target, experiment);
  if (file === undefined || !existsSync(file)) return undefined;
  return readFileSync(file, "utf8").split("\n").filter(Boolean).map(parseLine);
}

const tailBytes = 4096;

/** What the build does now: its last line. */
export function lastBuildLine(target: Target, experiment: Experiment): string | undefined {
  const file = fileOf(target, experiment);
  if (file === undefined || !existsSync(file)) return undefined;
  const fd = openSync(file, "r");
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    const line = bytes.toString().split("\n").filter(Boolean).at(-1);
    return line && parseLine(line).text.trim();
  } finally {
    closeSync(fd);
  }
}

/** Whether it is the build that failed, so that its log is the experiment's. */
export const isBuildFailure = ({ status }: Experiment): boolean =>
  status?.reason === "BuildFailed" || status?.reason === "CloneFailed";
