/** `windlass logs`: the experiment's log (its main pod's), one pod's, or every pod's; with -f until it ends. */
import type { Command } from "commander";
import { isExperimentFinished } from "../../api/experiment/types.ts";
import { KubeError } from "../../kube/errors.ts";
import { parseGoDuration } from "../../machinery/duration.ts";
import { findExperiment, nameOf } from "../experiments.ts";
import { type Io, paint, type Style, writeLine } from "../io.ts";
import { logSources, type LogSource, type ReadFlags } from "../log-sources.ts";
import type { LogLine } from "../log-stream.ts";
import { selectGroup, selectMain, selectPod, selectRank } from "../select-pods.ts";
import { type TargetFlags, withConnection, withTarget } from "../target.ts";
import { UserError } from "../user-error.ts";
import { attend } from "./run.ts";

interface LogFlags extends TargetFlags {
  readonly follow?: boolean;
  readonly pod?: string;
  readonly all?: boolean;
  readonly rank?: string;
  readonly group?: string;
  readonly since?: string;
  readonly container?: string;
  readonly previous?: boolean;
  readonly tail?: string;
  readonly timestamps?: boolean;
  readonly output?: string;
}

const colours: readonly Style[] = ["cyan", "green", "yellow", "magenta", "blue", "red"];

function sinceSeconds(text: string): number {
  const ms = parseGoDuration(text);
  if (ms !== undefined && ms > 0) return Math.ceil(ms / 1000);
  throw new UserError("BAD_FLAG", `--since ${text}: expected a duration such as 30s, 5m or 2h`, { exitStatus: 2 });
}

function requestFor(flags: LogFlags): ReadFlags {
  return {
    container: flags.container,
    follow: flags.follow,
    previous: flags.previous,
    sinceSeconds: flags.since === undefined ? undefined : sinceSeconds(flags.since),
    tailLines: flags.tail === undefined ? undefined : Number(flags.tail),
  };
}

function print(io: Io, pod: string, line: LogLine, flags: LogFlags, prefix = ""): void {
  const time = flags.timestamps ? `${line.time} ` : "";
  writeLine(io, flags.output === "json" ? JSON.stringify({ pod, ...line }) : `${prefix}${time}${line.text}`);
}

/** One pod of many: that it has no log yet is not the end of the others'. */
async function printOne(io: Io, source: LogSource, flags: LogFlags, prefix: string): Promise<void> {
  try {
    for await (const line of source.lines(requestFor(flags))) print(io, source.pod, line, flags, prefix);
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    io.stderr.write(`${prefix}(no log: ${error.message})\n`);
  }
}

/** Interleaves every pod's lines as they come, each behind its pod's name in a colour of its own. */
async function printAll(io: Io, sources: readonly LogSource[], flags: LogFlags): Promise<void> {
  const width = Math.max(0, ...sources.map(({ pod }) => pod.length));
  await Promise.all(
    sources.map((source, at) => {
      const prefix = `${paint(io, colours[at % colours.length] ?? "cyan", source.pod.padEnd(width))} | `;
      return printOne(io, source, flags, prefix);
    }),
  );
}

/** What one pod's flag means; the main pod without any. */
function choose(name: string, sources: readonly LogSource[], { pod, rank }: LogFlags): LogSource {
  if (pod !== undefined) return selectPod(sources, pod);
  const chosen = rank === undefined ? selectMain(sources) : selectRank(sources, rank);
  if (chosen) return chosen;
  throw noLogs(name);
}

function checkFlags(flags: LogFlags): void {
  const named = (["pod", "rank", "group", "all"] as const).filter((flag) => flags[flag] !== undefined);
  if (named.length > 1) {
    const text = named.map((flag) => `--${flag}`).join(" and ");
    throw new UserError("BAD_FLAG", `${text} exclude each other`, { exitStatus: 2 });
  }
  if (flags.since !== undefined) sinceSeconds(flags.since);
  if (flags.tail !== undefined && !/^\d+$/.test(flags.tail)) {
    throw new UserError("BAD_FLAG", `--tail ${flags.tail}: expected a number of lines`, { exitStatus: 2 });
  }
}

async function logs(io: Io, name: string, flags: LogFlags): Promise<number> {
  checkFlags(flags);
  return withConnection(io, flags, async (target) => {
    const experiment = await findExperiment(target, name);
    const { pod: wanted, rank, group, all } = flags;
    const whole = !wanted && !rank && !group && !all && flags.output !== "json";
    if (whole && flags.follow && !isExperimentFinished(experiment)) return attend(io, target, nameOf(experiment));
    const sources = await logSources(target, experiment);
    if (group !== undefined || (all && sources.length > 0)) {
      await printAll(io, group === undefined ? sources : selectGroup(sources, group), flags);
      return 0;
    }
    const source = choose(nameOf(experiment), sources, flags);
    for await (const line of source.lines(requestFor(flags))) print(io, source.pod, line, flags);
    return 0;
  });
}

const noLogs = (name: string): UserError =>
  new UserError("NO_LOGS", `${name} has no pod with logs`, {
    remedy: `\`windlass get ${name}\` shows how far it came, \`windlass events ${name}\` what happened`,
  });

export function registerLogs(program: Command, io: Io, exit: (status: number) => void): void {
  withTarget(program.command("logs"))
    .argument("<name>", "experiment: its name, a part of its start, or `latest`")
    .description("print an experiment's log: the submitter's, or rank 0's")
    .option("-f, --follow", "go on until it ends")
    .option("--pod <name>", "this pod instead: its name, a part of it, or its part (head, a group)")
    .option("--rank <rank>", "the pod of this rank: its number, or TYPE/JOB/INDEX in the array of a JobSet")
    .option("--group <name>", "every pod of this part: head, a worker group, a type")
    .option("--all", "every pod, each line behind its pod's name")
    .option("-c, --container <name>", "container (default: the first)")
    .option("-p, --previous", "the run before the last restart")
    .option("--tail <lines>", "only the last lines")
    .option("--since <duration>", "only lines that are younger, such as 5m")
    .option("--timestamps", "the time before each line")
    .option("-o, --output <format>", "json: one JSON object a line")
    .action(async (name: string, flags: LogFlags) => exit(await logs(io, name, flags)));
}
