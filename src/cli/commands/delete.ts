/** `windlass delete`: experiments, sweeps and everything of them, by name or by filter, after a question. */
import { asCalled } from "../program/called-as.ts";
import type { Command } from "commander";
import { removeTree } from "../../local/kubelet/folders.ts";
import { formatHumanBytes } from "../../machinery/human-quantity.ts";
import { confirmed } from "../terminal/confirm.ts";
import { selectionErrors } from "../errors/selection.ts";
import { ifThere, listExperiments, nameOf, requireNamespace } from "../experiments/find.ts";
import { type FilterFlags, parseFilter, withStateAndLabel } from "../experiments/filter.ts";
import { type Io, writeJson, writeLine } from "../program/io.ts";
import { drawExperiments } from "../display/experiment-table.ts";
import { jsonOption } from "../display/json-option.ts";
import { type OutputFolder, outputFoldersOf, requireUnused } from "../outputs/remove-outputs.ts";
import { removeExperiments } from "../experiments/remove.ts";
import { type Everything, filteredRemovals, namedRemovals, type Removals } from "../experiments/select-removals.ts";
import { drawSweeps } from "../sweep/draw-sweep.ts";
import { listSweeps } from "../sweep/find-sweep.ts";
import { type Target, type TargetFlags, withConnection, withTarget } from "../connect/target.ts";

interface DeleteFlags extends TargetFlags, FilterFlags {
  readonly all?: boolean;
  readonly cancel?: boolean;
  readonly outputs?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly output?: string;
}

/** The definition of sweeps may be missing where only experiments are used. */
async function everythingOf(target: Target): Promise<Everything> {
  const [experiments, sweeps] = await Promise.all([listExperiments(target), ifThere(listSweeps(target))]);
  return { experiments, sweeps: sweeps ?? [] };
}

async function select(target: Target, names: readonly string[], flags: DeleteFlags): Promise<Removals> {
  const filter = parseFilter(flags, new Date());
  const isFiltered = filter !== undefined || flags.all === true;
  if (names.length > 0 && isFiltered) throw selectionErrors.NAMES_AND_FILTERS();
  if (names.length === 0 && !isFiltered) throw selectionErrors.NOTHING_SELECTED();
  const all = await everythingOf(target);
  if (all.experiments.length === 0) await requireNamespace(target);
  const cancels = flags.cancel === true;
  if (isFiltered) return filteredRemovals(all, { filter, cancels });
  return namedRemovals(all, { names, namespace: target.namespace, cancels });
}

/** `1 sweep and 3 experiments`; experiments alone where there is no sweep. */
function count({ sweeps, experiments }: Everything): string {
  const ofSweeps = sweeps.length === 1 ? "1 sweep" : `${sweeps.length} sweeps`;
  const ofExperiments = experiments.length === 1 ? "1 experiment" : `${experiments.length} experiments`;
  return sweeps.length > 0 ? `${ofSweeps} and ${ofExperiments}` : ofExperiments;
}

const isNothing = ({ sweeps, experiments }: Everything) => sweeps.length + experiments.length === 0;

function tellLeftOut(io: Io, { unfinished }: Removals): void {
  if (!isNothing(unfinished))
    writeLine(io, `${count(unfinished)} skipped: not finished (add --cancel to cancel and delete them too)`);
}

function show(io: Io, { sweeps, experiments }: Everything): void {
  if (sweeps.length > 0) writeLine(io, `${drawSweeps(io, sweeps, new Date())}\n`);
  if (experiments.length > 0) writeLine(io, `${drawExperiments(io, experiments, new Date())}\n`);
}

interface Results {
  readonly removed: readonly OutputFolder[];
  /** They hold files, and nobody asked for their end. */
  readonly kept: readonly OutputFolder[];
}

async function resultsOf(target: Target, { experiments }: Everything, flags: DeleteFlags): Promise<Results> {
  if (flags.outputs) requireUnused(experiments, await listExperiments(target));
  const folders = await outputFoldersOf(target, experiments);
  const isGoing = ({ isEmpty }: OutputFolder) => isEmpty || flags.outputs === true;
  return { removed: folders.filter(isGoing), kept: folders.filter((folder) => !isGoing(folder)) };
}

const sizeText = (folders: readonly OutputFolder[]): string =>
  formatHumanBytes(folders.reduce((sum, { bytes }) => sum + bytes, 0));

function question(chosen: Everything, { removed, kept }: Results): string {
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

function tellDone(
  io: Io,
  { chosen, results, flags }: { chosen: Everything; results: Results; flags: DeleteFlags },
): void {
  const [sweeps, experiments] = [chosen.sweeps.map(nameOf), chosen.experiments.map(nameOf)];
  if (flags.output === "json") {
    return writeJson(io, {
      selected: experiments,
      deleted: flags.dryRun ? [] : experiments,
      selectedSweeps: sweeps,
      deletedSweeps: flags.dryRun ? [] : sweeps,
      keptOutputs: results.kept.map(({ path }) => path),
    });
  }
  if (flags.dryRun) return writeLine(io, `would delete ${count(chosen)}`);
  for (const name of [...sweeps, ...experiments]) writeLine(io, `${name} deleted`);
  if (isNothing(chosen)) writeLine(io, "nothing to delete");
  tellKept(io, results);
}

async function deleteExperiments(io: Io, names: readonly string[], flags: DeleteFlags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const removals = await select(target, names, flags);
    const { chosen } = removals;
    const isJson = flags.output === "json";
    const isSure = flags.yes === true || flags.dryRun === true || isNothing(chosen);
    const mustAsk = !isSure && (io.isTTY || names.length === 0);
    if (!isJson && (mustAsk || flags.dryRun)) show(io, chosen);
    if (!isJson) tellLeftOut(io, removals);
    const results = await resultsOf(target, chosen, flags);
    if (mustAsk && !(await confirmed(io, question(chosen, results)))) return writeLine(io, "nothing was deleted");
    if (!flags.dryRun) {
      await removeExperiments(target, chosen.experiments, chosen.sweeps);
      for (const { path } of results.removed) await removeTree(path);
    }
    tellDone(io, { chosen, results, flags });
  });
}

export function registerDelete(program: Command, io: Io): void {
  withStateAndLabel(withTarget(program.command("delete").alias("rm")))
    .argument("[names...]", "experiments and sweeps: names, prefixes of names, or `latest`")
    .description("delete experiments and sweeps with their pods, logs, volumes and secrets")
    .option("--all", "all experiments and sweeps in the namespace")
    .option("--since <duration>", "only experiments created within this time, such as 2h or 7d")
    .option("--older-than <duration>", "only experiments that ended longer ago than this, such as 7d")
    .option("--cancel", "also cancel and delete experiments that have not finished")
    .option("--outputs", "also delete their outputs (kept by default)")
    .option("--dry-run", "print what would be deleted, and delete nothing")
    .option("-y, --yes", "do not ask for confirmation")
    .addOption(jsonOption())
    .action((names: readonly string[], flags: DeleteFlags) => deleteExperiments(io, names, flags));
}
