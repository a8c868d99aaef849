/** `windlass logs`: the experiment's log (its main pod's), one pod's, or every pod's; with -f until it ends. */
import type { Command } from "commander";
import type { Pod } from "../../api/core/pod.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { parseGoDuration } from "../../machinery/duration.ts";
import { findExperiment, mainPod, nameOf, podsOf } from "../experiments.ts";
import { type Io, paint, type Style, writeLine } from "../io.ts";
import { logLines, type LogLine, type LogRequest } from "../log-stream.ts";
import { selectGroup, selectPod, selectRank } from "../select-pods.ts";
import { type Target, type TargetFlags, withConnection, withTarget } from "../target.ts";
import { UserError } from "../user-error.ts";
import { keptLog } from "../kept-logs.ts";
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

function requestFor(pod: string, flags: LogFlags): LogRequest {
  return {
    pod,
    container: flags.container,
    follow: flags.follow,
    previous: flags.previous,
    sinceSeconds: flags.since === undefined ? undefined : sinceSeconds(flags.since),
    tailLines: flags.tail === undefined ? undefined : Number(flags.tail),
  };
}

function print(io: Io, line: LogLine, flags: LogFlags, prefix = ""): void {
  const time = flags.timestamps ? `${line.time} ` : "";
  writeLine(
    io,
    flags.output === "json" ? JSON.stringify({ pod: prefix || undefined, ...line }) : `${prefix}${time}${line.text}`,
  );
}

/** Interleaves every pod's lines as they come, each behind its pod's name in a colour of its own. */
async function printAll(io: Io, target: Target, pods: readonly Pod[], flags: LogFlags): Promise<void> {
  const width = Math.max(0, ...pods.map((pod) => nameOf(pod).length));
  await Promise.all(
    pods.map(async (pod, at) => {
      const prefix = `${paint(io, colours[at % colours.length] ?? "cyan", nameOf(pod).padEnd(width))} | `;
      const container = flags.container ?? pod.spec.containers[0]?.name;
      for await (const line of logLines(target, { ...requestFor(nameOf(pod), flags), container })) {
        print(io, line, flags, flags.output === "json" ? nameOf(pod) : prefix);
      }
    }),
  );
}

/** What one pod's flag means; the main pod without any. */
function choose(experiment: Experiment, pods: readonly Pod[], { pod, rank }: LogFlags): Pod | undefined {
  if (pod !== undefined) return selectPod(pods, pod);
  return rank === undefined ? mainPod(experiment, pods) : selectRank(pods, rank);
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
    const pods = await podsOf(target, experiment);
    if (group !== undefined || (all && pods.length > 0)) {
      await printAll(io, target, group === undefined ? pods : selectGroup(pods, group), flags);
      return 0;
    }
    const pod = choose(experiment, pods, flags);
    if (!pod) return printKept(io, target, nameOf(experiment), flags);
    const container = flags.container ?? pod.spec.containers[0]?.name;
    for await (const line of logLines(target, { ...requestFor(nameOf(pod), flags), container })) print(io, line, flags);
    return 0;
  });
}

/** The pods are gone: what they printed is still on this machine, if it was here. */
async function printKept(io: Io, target: Target, name: string, flags: LogFlags): Promise<number> {
  let found = false;
  for (const line of target.local ? keptLog(target.local, target.namespace, name) : []) {
    found = true;
    print(io, line, flags);
  }
  if (!found) {
    throw new UserError("NO_LOGS", `${name} has no pod with logs`, {
      remedy: `\`windlass get ${name}\` shows how far it came, \`windlass events ${name}\` what happened`,
    });
  }
  return 0;
}

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
