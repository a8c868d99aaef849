/** `windlass list` and `windlass label`: finding experiments again, and the labels that help with it. */
import { asCalled } from "../program/called-as.ts";
import { type Command, Option } from "commander";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { selectionErrors } from "../errors/selection.ts";
import { findExperiment, ifThere, listExperiments, nameOf, requireNamespace } from "../experiments/find.ts";
import { type FilterFlags, matchesWords, parseFilter, withStateAndLabel } from "../experiments/filter.ts";
import { type Io, writeJson, writeLine } from "../program/io.ts";
import { parseLabelChanges } from "../experiments/labels.ts";
import { drawExperiments } from "../display/experiment-table.ts";
import { jsonOption } from "../display/json-option.ts";
import { listSweeps } from "../sweep/find-sweep.ts";
import { formatNames } from "../display/name-list.ts";
import { type Target, type TargetFlags, withConnection, withTarget } from "../connect/target.ts";

interface ListFlags extends TargetFlags, FilterFlags {
  readonly limit?: string;
  readonly output?: string;
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw selectionErrors.LIMIT_INVALID(text);
}

function print(io: Io, experiments: readonly Experiment[], { output }: ListFlags): void {
  if (output === "json") return writeJson(io, experiments);
  if (output === "name") return experiments.forEach((experiment) => writeLine(io, nameOf(experiment)));
  writeLine(io, drawExperiments(io, experiments, new Date(), output === "wide"));
}

/** Their experiments stand in the table; whether a sweep goes on, and what is still to come of it, does not. */
async function tellSweeps(io: Io, target: Target): Promise<void> {
  const sweeps = (await ifThere(listSweeps(target))) ?? [];
  if (sweeps.length > 0)
    writeLine(io, asCalled(io, `sweeps (\`windlass sweep list\`): ${formatNames(sweeps.map(nameOf))}`));
}

async function list(io: Io, words: readonly string[], flags: ListFlags): Promise<void> {
  const limit = parseLimit(flags.limit);
  const filter = parseFilter(flags, new Date());
  await withConnection(io, flags, async (target) => {
    const all = await listExperiments(target);
    if (all.length === 0) await requireNamespace(target);
    const fitting = all.filter((experiment) => filter?.(experiment) !== false && matchesWords(experiment, words));
    const shown = fitting.slice(0, limit);
    const isTable = flags.output === undefined || flags.output === "wide";
    if (all.length === 0 && isTable)
      return writeLine(io, asCalled(io, "no experiments yet; `windlass run` starts one"));
    if (fitting.length === 0 && isTable) return writeLine(io, `none of the ${all.length} experiments match`);
    print(io, shown, flags);
    if (isTable) await tellSweeps(io, target);
    if (isTable && shown.length < fitting.length)
      io.stderr.write(`${fitting.length - shown.length} more not shown (--limit ${flags.limit})\n`);
  });
}

async function label(
  io: Io,
  name: string,
  texts: readonly string[],
  flags: TargetFlags & { readonly output?: string },
): Promise<void> {
  const labels = parseLabelChanges(texts);
  await withConnection(io, flags, async (target) => {
    const experiment = await findExperiment(target, name);
    const ref = { kind: ExperimentKind, namespace: target.namespace, name: nameOf(experiment) };
    const changed = await target.client.patch<Experiment>(ref, { metadata: { labels } }, { type: "merge" });
    if (flags.output === "json") return writeJson(io, changed);
    writeLine(io, `${nameOf(changed)} labelled`);
  });
}

export function registerList(program: Command, io: Io): void {
  withStateAndLabel(withTarget(program.command("list").alias("ls")))
    .argument("[words...]", "only experiments whose name, message, outcome or labels contain these words")
    .description("list experiments, newest first")
    .option("--since <duration>", "only experiments created within this time, such as 2h or 7d")
    .option("--older-than <duration>", "only experiments that ended longer ago than this")
    .option("--limit <number>", "list at most this many")
    .addOption(new Option("-o, --output <format>", "output format").choices(["json", "wide", "name"]))
    .action((words: readonly string[], flags: ListFlags) => list(io, words, flags));
}

export function registerLabel(program: Command, io: Io): void {
  withTarget(program.command("label"))
    .argument("<name>", "experiment: name, prefix of the name, or `latest`")
    .argument("<changes...>", "key=value sets a label, key- removes it")
    .description("set and remove labels of an experiment")
    .addOption(jsonOption())
    .action((name: string, texts: readonly string[], flags: TargetFlags) => label(io, name, texts, flags));
}
