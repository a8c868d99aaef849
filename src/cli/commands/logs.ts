/** `windlass logs`: the experiment's log (its main pod's), one pod's, or every pod's; with -f until it ends. */
import { asCalled } from "../program/called-as.ts";
import type { Command } from "commander";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { parseGoDuration } from "../../machinery/duration.ts";
import { attend } from "../watch/attend.ts";
import { type Awaiting, awaitSource } from "../logs/await-source.ts";
import { buildLog, isBuildFailure } from "../logs/build-log.ts";
import { environmentErrors } from "../errors/environments.ts";
import { findErrors } from "../errors/find.ts";
import { flagErrors } from "../errors/flags.ts";
import { exitStatusOf } from "../watch/conclude.ts";
import { findExperiment, nameOf } from "../experiments/find.ts";
import { type Io, paint, writeLine } from "../program/io.ts";
import type { LogLine } from "../logs/log-stream.ts";
import { logSources, type LogSource, type ReadFlags } from "../logs/log-sources.ts";
import { jsonOption } from "../display/json-option.ts";
import { followMany, type LogFormat, printMany, printSource } from "../logs/print-logs.ts";
import { Outage } from "../connect/outage.ts";
import { printRayLogs } from "../logs/ray-logs.ts";
import { selectGroup, selectMain, selectPod, selectRank } from "../pods/select-pods.ts";
import { type Target, type TargetFlags, withConnection, withTarget } from "../connect/target.ts";

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
  readonly build?: boolean;
  readonly ray?: string | true;
  readonly output?: string;
}

function sinceSeconds(text: string): number {
  const ms = parseGoDuration(text);
  if (ms !== undefined && ms > 0) return Math.ceil(ms / 1000);
  throw flagErrors.BAD_FLAG(`--since ${text}: expected a duration such as 30s, 5m or 2h`);
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

/** What one pod's flag means; the main pod without any. */
function choose(experiment: Experiment, sources: readonly LogSource[], { pod, rank }: LogFlags): LogSource {
  if (pod !== undefined) return selectPod(sources, pod);
  const chosen = rank === undefined ? selectMain(sources) : selectRank(sources, rank);
  if (chosen) return chosen;
  throw findErrors.NO_LOGS(nameOf(experiment), isExperimentFinished(experiment));
}

function checkFlags(flags: LogFlags): void {
  const named = (["pod", "rank", "group", "all", "build", "ray"] as const).filter((flag) => flags[flag] !== undefined);
  if (named.length > 1) {
    const text = named.map((flag) => `--${flag}`).join(" and ");
    throw flagErrors.BAD_FLAG(`${text} exclude each other`);
  }
  if (flags.since !== undefined) sinceSeconds(flags.since);
  if (flags.tail !== undefined && !/^\d+$/.test(flags.tail)) {
    throw flagErrors.BAD_FLAG(`--tail ${flags.tail}: expected a number of lines`);
  }
}

const formatOf = (flags: LogFlags): LogFormat => ({
  isJson: flags.output === "json",
  hasTimes: flags.timestamps === true,
});

/** The build's log in place of a pod's: asked for, or because the build is what failed. */
function printBuild(io: Io, lines: readonly LogLine[], flags: LogFlags): number {
  const { isJson, hasTimes } = formatOf(flags);
  const shown = flags.tail === undefined ? lines : lines.slice(Math.max(0, lines.length - Number(flags.tail)));
  for (const { time, text } of shown) {
    if (isJson) writeLine(io, JSON.stringify({ time, step: "build", text }));
    else writeLine(io, hasTimes ? `${time} ${text}` : text);
  }
  return 0;
}

async function logs(io: Io, name: string, flags: LogFlags): Promise<number> {
  checkFlags(flags);
  return withConnection(io, flags, async (target) => {
    const experiment = await findExperiment(target, name);
    if (flags.ray !== undefined) return printRayLogs(io, target, { experiment, wanted: flags.ray });
    if (flags.build || (isBuildFailure(experiment) && !flags.follow)) {
      const lines = buildLog(target, experiment);
      if (lines) return printBuild(io, lines, flags);
      if (flags.build) throw environmentErrors.NO_BUILD_LOG(nameOf(experiment));
    }
    const { pod: wanted, rank, group, all } = flags;
    const followsWhole = flags.follow && !wanted && !rank && !group && !all;
    const isOver = isExperimentFinished(experiment);
    if (followsWhole && !isOver && flags.output !== "json")
      return attend(io, { target, name: nameOf(experiment), as: "viewer" });
    const say = (line: string) => io.stderr.write(`${paint(io, "dim", asCalled(io, line))}\n`);
    const outage = new Outage(target, { name: nameOf(experiment), say, now: () => performance.now() });
    const how = { request: requestFor(flags), format: formatOf(flags) };
    if ((group !== undefined || all) && flags.follow)
      return exitStatusOf(await followMany(io, target, { ...how, name: nameOf(experiment), group, outage }));
    const pick = (there: readonly LogSource[]) => choose(experiment, there, flags);
    if (flags.follow) {
      const source = await awaited({ target, name: nameOf(experiment), outage, say }, pick);
      await printSource(io, source, { ...how, request: { ...how.request, outage } });
      return followsWhole && isOver ? exitStatusOf(experiment) : 0;
    }
    const sources = await logSources(target, experiment);
    if (group !== undefined || (all && sources.length > 0)) {
      await printMany(io, group === undefined ? sources : selectGroup(sources, group), how);
      return 0;
    }
    await printSource(io, pick(sources), how);
    return 0;
  });
}

interface Named extends Pick<Awaiting, "say"> {
  readonly target: Target;
  readonly name: string;
  readonly outage: Outage;
}

const awaited = ({ target, name, outage, say }: Named, choose: Awaiting["choose"]): Promise<LogSource> =>
  awaitSource({
    choose,
    look: () =>
      outage.outlast(async () => {
        const experiment = await findExperiment(target, name);
        return { sources: await logSources(target, experiment), isOver: isExperimentFinished(experiment) };
      }),
    say,
  });

export function registerLogs(program: Command, io: Io, exit: (status: number) => void): void {
  withTarget(program.command("logs"))
    .argument("<name>", "experiment: name, prefix of the name, or `latest`")
    .description("print the log of an experiment: that of the submitter or rank 0")
    .option("-f, --follow", "follow the log until the experiment ends")
    .option("--pod <name>", "print the log of this pod: name, part of the name, or group (head, a worker group)")
    .option("--rank <rank>", "pod with this rank: a number, or TYPE/JOB/INDEX in a JobSet")
    .option("--group <name>", "print the logs of all pods in this group: head, a worker group, a type")
    .option("--all", "print the logs of all pods, each line prefixed with the pod's name")
    .option("--build", "print the build log; the default when the build failed")
    .option("--ray [file]", "Ray's own logs: a list of the files, or one of them")
    .option("-c, --container <name>", "container (default: the first)")
    .option("-p, --previous", "print the log of the previous container, before its last restart")
    .option("--tail <lines>", "print only the last lines")
    .option("--since <duration>", "print only lines newer than this, such as 5m")
    .option("--timestamps", "print the time before each line")
    .addOption(jsonOption("print one JSON object per line"))
    .action(async (name: string, flags: LogFlags) => exit(await logs(io, name, flags)));
}
