/** The log of an experiment's build on this machine. */
import { existsSync, readFileSync } from "node:fs";
import { isSourceReason } from "../../api/experiment/reasons.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { buildLogFile } from "../daemon/builder.ts";
import { nameOf } from "../experiments/find.ts";
import type { LogLine } from "./log-stream.ts";
import type { Target } from "../connect/target.ts";

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

/** Whether it is the build that failed, so that its log is the experiment's. */
export const isBuildFailure = ({ status }: Experiment): boolean => isSourceReason(status?.reason);
