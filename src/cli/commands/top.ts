/** `windlass top [NAME]`: CPU and memory of each pod, now and at most, also after the end. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { Pod } from "../../api/core/pod.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { reachErrors } from "../errors/reach.ts";
import { findExperiment, listExperiments, nameOf, podsOf, roleOf } from "../experiments/find.ts";
import { type Io, writeJson, writeLine } from "../program/io.ts";
import { partOfName } from "../logs/log-sources.ts";
import { jsonOption } from "../display/json-option.ts";
import { type Target, type TargetFlags, withConnection, withTarget } from "../connect/target.ts";
import { drawUsage, type UsageRow } from "../usage/draw-usage.ts";
import { memoryLimitOf, type PodUsage, type Usage, withSeenPeaks } from "../usage/pod-usage.ts";
import { readUsage } from "../usage/read-usage.ts";

interface TopFlags extends TargetFlags {
  readonly once?: boolean;
  readonly output?: string;
}

const everyMs = 2000;

interface Watched {
  readonly experiment: Experiment;
  readonly pods: readonly Pod[];
}

/** The one named, or all that have not ended. */
async function watched(target: Target, name: string | undefined): Promise<readonly Watched[]> {
  const experiments =
    name === undefined
      ? (await listExperiments(target)).filter((one) => !isExperimentFinished(one))
      : [await findExperiment(target, name)];
  return Promise.all(experiments.map(async (experiment) => ({ experiment, pods: await podsOf(target, experiment) })));
}

/** Pods that are there, and those of the experiment that were: their names begin with its own. */
function rowsOf({ experiment, pods }: Watched, usages: readonly PodUsage[]): readonly UsageRow[] {
  const byName = new Map(pods.map((pod) => [nameOf(pod), pod]));
  const own = usages.filter(({ pod }) => byName.has(pod) || pod.startsWith(`${nameOf(experiment)}-`));
  return own.map((usage) => {
    const pod = byName.get(usage.pod);
    const memoryLimit = pod && memoryLimitOf(pod);
    const part = pod ? roleOf(pod) : partOfName(experiment, usage.pod);
    return { ...usage, part, ...(memoryLimit !== undefined && { memoryLimit }) };
  });
}

async function look(target: Target, name: string | undefined): Promise<readonly UsageRow[]> {
  const all = await watched(target, name);
  const nodes = new Set(all.flatMap(({ pods }) => pods.flatMap(({ spec }) => spec.nodeName ?? [])));
  const usages = all.length > 0 ? await readUsage(target, [...nodes]) : [];
  return all.flatMap((one) => rowsOf(one, usages));
}

/** Draws over what it drew before, as many lines as the terminal has. */
function redraw(io: Io, text: string, before: number): number {
  const { rows = 24, columns = 80 } = io.stdout as Partial<NodeJS.WriteStream>;
  const lines = text.split("\n").slice(0, rows - 1);
  const up = before > 0 ? `\u001b[${before}A\u001b[J` : "";
  io.stdout.write(
    `${up}${lines.map((line) => (line.length > columns && !line.includes("\u001b") ? line.slice(0, columns) : line)).join("\n")}\n`,
  );
  return lines.length;
}

/** Until Ctrl-C, or the end of the experiment that is named. */
async function live(io: Io, target: Target, name: string | undefined): Promise<void> {
  let lines = 0;
  let seen: ReadonlyMap<string, Usage> = new Map();
  for (;;) {
    const rows = withSeenPeaks(await look(target, name), seen) as readonly UsageRow[];
    seen = new Map(rows.map((row) => [row.pod, row]));
    lines = redraw(io, rows.length > 0 ? drawUsage(io, rows) : "no running pods", lines);
    if (name !== undefined && isExperimentFinished(await findExperiment(target, name))) return;
    await sleep(everyMs);
  }
}

async function top(io: Io, name: string | undefined, flags: TopFlags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    // `latest` and beginnings of names mean one experiment, whatever is started meanwhile.
    const chosen = name === undefined ? undefined : nameOf(await findExperiment(target, name));
    if (io.isTTY && !flags.once && flags.output !== "json") return live(io, target, chosen);
    const rows = await look(target, chosen);
    if (flags.output === "json") return writeJson(io, rows);
    if (rows.length === 0 && chosen !== undefined) throw reachErrors.NO_USAGE(chosen);
    writeLine(io, rows.length === 0 ? "no running pods" : drawUsage(io, rows));
  });
}

export function registerTop(program: Command, io: Io): void {
  withTarget(program.command("top"))
    .argument("[name]", "experiment (default: all unfinished ones)")
    .description("show the current and peak CPU and memory of each pod; live on a terminal")
    .option("--once", "print one table and exit, even on a terminal")
    .addOption(jsonOption())
    .action((name: string | undefined, flags: TopFlags) => top(io, name, flags));
}
