/** `windlass delete`: experiments and everything of them, by name or by filter, after a question. */
import { asCalled } from "../called-as.ts";
import type { Command } from "commander";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { removeTree } from "../../local/kubelet/folders.ts";
import { formatHumanBytes } from "../../machinery/human-quantity.ts";
import { confirmed } from "../confirm.ts";
import { selectionErrors } from "../errors/selection.ts";
import { findExperiment, listExperiments, nameOf } from "../experiments.ts";
import { type FilterFlags, parseFilter, withStateAndLabel } from "../filter-experiments.ts";
import { type Io, writeJson, writeLine } from "../io.ts";
import { drawExperiments } from "../output/experiment-table.ts";
import { jsonOption } from "../output/json-option.ts";
import { type OutputFolder, outputFoldersOf, requireUnused } from "../outputs/remove-outputs.ts";
import { removeExperiments } from "../remove-experiments.ts";
import { type Target, type TargetFlags, withConnection, withTarget } from "../target.ts";

interface DeleteFlags extends TargetFlags, FilterFlags {
  readonly all?: boolean;
  readonly cancel?: boolean;
  readonly outputs?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly output?: string;
}

interface Selection {
  readonly chosen: readonly Experiment[];
  /** Left out by a filter, for they go on. */
  readonly unfinished: readonly Experiment[];
}

/** One experiment may be named twice. */
async function byName(target: Target, names: readonly string[]): Promise<readonly Experiment[]> {
  const found = await Promise.all(names.map((name) => findExperiment(target, name)));
  return [...new Map(found.map((experiment) => [experiment.metadata.uid, experiment])).values()];
}

async function select(target: Target, names: readonly string[], flags: DeleteFlags): Promise<Selection> {
  const filter = parseFilter(flags, new Date());
  const isFiltered = filter !== undefined || flags.all === true;
  if (names.length > 0 && isFiltered) throw selectionErrors.NAMES_AND_FILTERS();
  if (names.length === 0 && !isFiltered) throw selectionErrors.NOTHING_SELECTED();
  const found = isFiltered
    ? (await listExperiments(target)).filter((experiment) => filter?.(experiment) !== false)
    : await byName(target, names);
  if (flags.cancel) return { chosen: found, unfinished: [] };
  const unfinished = found.filter((experiment) => !isExperimentFinished(experiment));
  if (!isFiltered && unfinished.length > 0) throw selectionErrors.EXPERIMENT_UNFINISHED(unfinished.map(nameOf));
  return { chosen: found.filter(isExperimentFinished), unfinished };
}

const count = (experiments: readonly unknown[]): string =>
  experiments.length === 1 ? "1 experiment" : `${experiments.length} experiments`;

function tellLeftOut(io: Io, { unfinished }: Selection): void {
  if (unfinished.length > 0)
    writeLine(io, `${count(unfinished)} skipped: not finished (add --cancel to cancel and delete them too)`);
}

interface Results {
  readonly removed: readonly OutputFolder[];
  /** They hold files, and nobody asked for their end. */
  readonly kept: readonly OutputFolder[];
}

async function resultsOf(target: Target, chosen: readonly Experiment[], flags: DeleteFlags): Promise<Results> {
  if (flags.outputs) requireUnused(chosen, await listExperiments(target));
  const folders = await outputFoldersOf(target, chosen);
  const isGoing = ({ isEmpty }: OutputFolder) => isEmpty || flags.outputs === true;
  return { removed: folders.filter(isGoing), kept: folders.filter((folder) => !isGoing(folder)) };
}

const sizeText = (folders: readonly OutputFolder[]): string =>
  formatHumanBytes(folders.reduce((sum, { bytes }) => sum + bytes, 0));

function question(chosen: readonly Experiment[], { removed, kept }: Results): string {
  const results = removed.filter(({ isEmpty }) => !isEmpty);
  const lost = results.length > 0 ? ` and their outputs (${sizeText(results)})` : "";
  const left = kept.length > 0 ? ` Outputs (${sizeText(kept)}) are kept.` : "";
  return `Delete ${count(chosen)} with all logs${lost}?${left}`;
}

function tellKept(io: Io, { kept }: Results): void {
  for (const { path, bytes } of kept) writeLine(io, `  outputs kept: ${formatHumanBytes(bytes)} in ${path}`);
  if (kept.length > 0)
    writeLine(io, asCalled(io, "  `windlass prune --outputs` removes the outputs of deleted experiments"));
}

async function deleteExperiments(io: Io, names: readonly string[], flags: DeleteFlags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const selection = await select(target, names, flags);
    const { chosen } = selection;
    const isJson = flags.output === "json";
    const isSure = flags.yes === true || flags.dryRun === true || chosen.length === 0;
    const mustAsk = !isSure && (io.isTTY || names.length === 0);
    if (!isJson && chosen.length > 0 && (mustAsk || flags.dryRun))
      writeLine(io, `${drawExperiments(io, chosen, new Date())}\n`);
    if (!isJson) tellLeftOut(io, selection);
    const results = await resultsOf(target, chosen, flags);
    if (mustAsk && !(await confirmed(io, question(chosen, results)))) return writeLine(io, "nothing was deleted");
    if (!flags.dryRun) {
      await removeExperiments(target, chosen);
      for (const { path } of results.removed) await removeTree(path);
    }
    const deleted = chosen.map(nameOf);
    if (isJson)
      return writeJson(io, {
        selected: deleted,
        deleted: flags.dryRun ? [] : deleted,
        keptOutputs: results.kept.map(({ path }) => path),
      });
    if (flags.dryRun) return writeLine(io, `would delete ${count(chosen)}`);
    for (const experiment of chosen) writeLine(io, `${nameOf(experiment)} deleted`);
    if (chosen.length === 0) writeLine(io, "nothing to delete");
    tellKept(io, results);
  });
}

export function registerDelete(program: Command, io: Io): void {
  withStateAndLabel(withTarget(program.command("delete").alias("rm")))
    .argument("[names...]", "experiments: names, prefixes of names, or `latest`")
    .description("delete experiments with their pods, logs, volumes and secrets")
    .option("--all", "all experiments in the namespace")
    .option("--since <duration>", "only experiments created within this time, such as 2h or 7d")
    .option("--older-than <duration>", "only experiments that ended longer ago than this, such as 7d")
    .option("--cancel", "also cancel and delete experiments that have not finished")
    .option("--outputs", "also delete their outputs (kept by default)")
    .option("--dry-run", "print what would be deleted, and delete nothing")
    .option("-y, --yes", "do not ask for confirmation")
    .addOption(jsonOption())
    .action((names: readonly string[], flags: DeleteFlags) => deleteExperiments(io, names, flags));
}
