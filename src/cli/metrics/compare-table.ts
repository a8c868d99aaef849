/** Experiments side by side as rows and columns: parameters, state, duration, last metrics, outputs. Pure. */
import type { Experiment } from "../../api/experiment/types.ts";
import type { Parameters } from "../../api/sweep/types.ts";
import { sweepErrors } from "../errors/sweep.ts";
import type { Metrics } from "./metric.ts";

export interface Compared {
  readonly experiment: Experiment;
  readonly parameters: Parameters;
  readonly seconds?: number;
  readonly metrics: Metrics;
  /** `3 files, 1.2 MiB`, or why they cannot be read. */
  readonly outputs: string;
}

export type Value = string | number | undefined;

export interface CompareTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

export interface Choice {
  /** Only these metrics, in this order. */
  readonly metrics?: readonly string[];
  /** A column; with `-` before it the highest comes first. */
  readonly sort?: string;
  /** How many metrics at most, where none are named. */
  readonly most?: number;
}

const namesOf = (all: readonly Iterable<string>[]): readonly string[] => [
  ...new Set(all.flatMap((names) => [...names])),
];

/** Counters and clocks say nothing about how well a run went. */
const isCounter = (name: string) =>
  /(?:^|\/)(?:step|global_step|iteration|training_iteration|timestamp|time|date|pid)$/.test(name);

function metricColumns(all: readonly Compared[], { metrics, most }: Choice): readonly string[] {
  if (metrics?.length) return metrics;
  const names = namesOf(all.map((one) => one.metrics.keys())).filter((name) => !isCounter(name));
  return most === undefined ? names : names.slice(0, most);
}

function rowOf(one: Compared, parameters: readonly string[], metrics: readonly string[]): readonly Value[] {
  const { state = "Processing", reason } = one.experiment.status ?? {};
  return [
    one.experiment.metadata.name,
    state === "Failed" && reason ? `${state} (${reason})` : state,
    ...parameters.map((name) => one.parameters[name]),
    one.seconds,
    ...metrics.map((name) => one.metrics.get(name)?.value),
    one.outputs,
  ];
}

/** Numbers by size, texts that are numbers too; what is not there comes last. */
function compare(a: Value, b: Value, direction: number): number {
  if (a === undefined || b === undefined || a === "" || b === "")
    return Number(a === undefined || a === "") - Number(b === undefined || b === "");
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return (x - y) * direction;
  return String(a).localeCompare(String(b)) * direction;
}

function sorted({ columns, rows }: CompareTable, sort: string): CompareTable {
  const isDown = sort.startsWith("-") && !columns.includes(sort);
  const name = isDown ? sort.slice(1) : sort;
  const at = columns.indexOf(name);
  if (at < 0) throw sweepErrors.NO_SUCH_COLUMN(name, columns);
  return { columns, rows: rows.toSorted((a, b) => compare(a[at], b[at], isDown ? -1 : 1)) };
}

/** Throws UserError for a column to sort by that is not there. */
export function compareTable(all: readonly Compared[], choice: Choice = {}): CompareTable {
  const parameters = namesOf(all.map((one) => Object.keys(one.parameters)));
  const metrics = metricColumns(all, choice);
  const table = {
    columns: ["name", "state", ...parameters, "seconds", ...metrics, "outputs"],
    rows: all.map((one) => rowOf(one, parameters, metrics)),
  };
  if (choice.sort === undefined) return table;
  const sortName = choice.sort.replace(/^-/, "");
  // A metric to sort by is a column, whether it was among the first ones or not.
  const isHidden = !table.columns.includes(sortName) && all.some((one) => one.metrics.has(sortName));
  if (isHidden) return compareTable(all, { ...choice, metrics: [...metrics, sortName] });
  return sorted(table, choice.sort);
}

function csvCell(value: Value): string {
  const text = value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180, with plain newlines. */
export const formatCsv = ({ columns, rows }: CompareTable): string =>
  [columns, ...rows].map((row) => row.map(csvCell).join(",")).join("\n");
