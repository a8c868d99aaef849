/** `windlass compare`: experiments side by side: parameters, durations, states, last metrics, outputs. */
import { type Command, Option } from "commander";
import type { Experiment } from "../../api/experiment/types.ts";
import { collect } from "../program/collect.ts";
import { sweepErrors } from "../errors/sweep.ts";
import { findExperiment, nameOf } from "../experiments/find.ts";
import { type Io, writeJson, writeLine } from "../program/io.ts";
import { type Compared, compareTable, formatCsv, type Value } from "../metrics/compare-table.ts";
import { readMetrics } from "../metrics/read-metrics.ts";
import { formatColumns } from "../display/columns.ts";
import { openStore } from "../outputs/open-store.ts";
import { summarise } from "../outputs/summary.ts";
import { parametersOf } from "../sweep/draw-sweep.ts";
import { findSweep, trialsOf } from "../sweep/find-sweep.ts";
import { type Target, type TargetFlags, withConnection, withTarget } from "../connect/target.ts";
import { UserError } from "../errors/user-error.ts";

interface CompareFlags extends TargetFlags {
  readonly sweep?: string;
  readonly metric?: readonly string[];
  readonly sort?: string;
  readonly output: string;
}

/** As many as a terminal has room for. */
const shownMetrics = 6;

async function chosen(
  target: Target,
  names: readonly string[],
  sweep: string | undefined,
): Promise<readonly Experiment[]> {
  if (names.length === 0 && sweep === undefined) throw sweepErrors.NOTHING_TO_COMPARE();
  const ofSweep = sweep === undefined ? [] : await trialsOf(target, nameOf(await findSweep(target, sweep)));
  const named = await Promise.all(names.map((name) => findExperiment(target, name)));
  return [...new Map([...ofSweep, ...named].map((one) => [nameOf(one), one])).values()];
}

function secondsOf({ status }: Experiment, now: Date): number | undefined {
  const { startTime, endTime } = status ?? {};
  return startTime
    ? Math.round(((endTime ? Date.parse(endTime) : now.getTime()) - Date.parse(startTime)) / 1000)
    : undefined;
}

/** Outputs that are out of reach are told in their column, and the others are compared all the same. */
async function look(io: Io, target: Target, experiment: Experiment): Promise<Compared> {
  const about = { experiment, parameters: parametersOf(experiment), seconds: secondsOf(experiment, new Date()) };
  try {
    const store = await openStore(io, target, experiment);
    const files = await store.list();
    return {
      ...about,
      metrics: await readMetrics(store, files),
      outputs: files.length > 0 ? summarise(files) : "none",
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...about, metrics: new Map(), outputs: error.code };
  }
}

const own = new Set(["name", "state", "seconds", "outputs"]);
/** Parameters and metrics are called what the program calls them. */
const heading = (column: string): string => (own.has(column) ? column.toUpperCase() : column);

/** Six digits say which is better; the file has them all. */
const cell = (value: Value): string =>
  typeof value === "number" ? String(Number(value.toPrecision(6))) : (value ?? "");

function asJson(all: readonly Compared[]): unknown {
  return all.map(({ experiment, parameters, seconds, metrics, outputs }) => ({
    name: nameOf(experiment),
    state: experiment.status?.state ?? "Processing",
    reason: experiment.status?.reason,
    parameters,
    seconds,
    metrics: Object.fromEntries(metrics),
    outputs: { place: experiment.status?.outputs, summary: outputs },
  }));
}

async function compare(io: Io, names: readonly string[], flags: CompareFlags): Promise<void> {
  await withConnection(io, flags, async (target) => {
    const experiments = await chosen(target, names, flags.sweep);
    const all: Compared[] = [];
    for (const experiment of experiments) all.push(await look(io, target, experiment));
    const choice = { metrics: flags.metric, sort: flags.sort };
    if (flags.output === "csv") return writeLine(io, formatCsv(compareTable(all, choice)));
    const table = compareTable(all, flags.output === "json" ? choice : { ...choice, most: shownMetrics });
    if (flags.output === "json") {
      const order = table.rows.map(([name]) => name);
      return writeJson(
        io,
        asJson(all.toSorted((a, b) => order.indexOf(nameOf(a.experiment)) - order.indexOf(nameOf(b.experiment)))),
      );
    }
    writeLine(
      io,
      formatColumns(
        table.columns.map(heading),
        table.rows.map((row) => row.map(cell)),
      ),
    );
    const hidden = compareTable(all, choice).columns.length - table.columns.length;
    if (hidden > 0) writeLine(io, `… and ${hidden} more metrics (see \`--metric NAME\`, \`-o csv\` or \`-o json\`)`);
  });
}

export function registerCompare(program: Command, io: Io): void {
  withTarget(program.command("compare"))
    .argument("[names...]", "experiments")
    .description("compare experiments: parameters, durations, states, last metrics and outputs")
    .option("--sweep <name>", "compare all experiments of this sweep")
    .option("--metric <name>", "show this metric instead of the first ones (repeatable)", collect)
    .option("--sort <column>", "sort by a metric, a parameter or another column; -COLUMN sorts in descending order")
    .addOption(new Option("-o, --output <format>", "output format").choices(["table", "json", "csv"]).default("table"))
    .action((names: readonly string[], flags: CompareFlags) => compare(io, names, flags));
}
