/** Sweeps and their trials as text. Pure but for colours. */
import type { Experiment } from "../../api/experiment/types.ts";
import { parametersAnnotation } from "../../api/sweep/labels.ts";
import type { Parameters, Sweep } from "../../api/sweep/types.ts";
import { formatAge } from "../../machinery/duration.ts";
import { formatParameters } from "../../manifest/index.ts";
import { nameOf } from "../experiments/find.ts";
import { type Io, paint, type Style } from "../program/io.ts";
import { formatColumns } from "../display/columns.ts";
import { durationText } from "../display/experiment-table.ts";

/** Of an experiment of a sweep; empty for any other. */
export const parametersOf = ({ metadata }: Experiment): Parameters =>
  JSON.parse(metadata.annotations?.[parametersAnnotation] ?? "{}") as Parameters;

const styles: Readonly<Record<string, Style>> = {
  Succeeded: "green",
  Failed: "red",
  Cancelled: "yellow",
  Running: "blue",
};

export function headOf(io: Io, sweep: Sweep): string {
  const { state = "Running", message } = sweep.status ?? {};
  return [paint(io, "bold", nameOf(sweep)), paint(io, styles[state] ?? "dim", state), message]
    .filter(Boolean)
    .join("  ");
}

/** `3 of 20 ended · 2 running · 15 to come · 1 failed · 2 at a time`. */
export function progressOf({ spec, status = {} }: Sweep): string {
  const { started = 0, active = 0, failed = 0 } = status;
  const parts = [
    `${started - active} of ${spec.trials.length} ended`,
    `${active} running`,
    `${spec.trials.length - started} pending`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${spec.parallelism ?? 1} at a time`,
  ];
  return parts.join(" · ");
}

const marks: Readonly<Record<string, readonly [string, Style]>> = {
  Processing: ["▸", "blue"],
  Succeeded: ["✓", "green"],
  Failed: ["✗", "red"],
  Cancelled: ["✗", "yellow"],
};

/** What has just become of a trial, in a line. */
export function trialLine(io: Io, experiment: Experiment, now: Date): string {
  const { state = "Processing", reason = "" } = experiment.status ?? {};
  const [mark, style] = marks[state] ?? ["·", "dim"];
  const end =
    state === "Processing" ? "" : ` ${durationText(experiment, now)}${state === "Succeeded" ? "" : ` ${reason}`}`;
  return `${paint(io, style, mark)} ${nameOf(experiment)}  ${formatParameters(parametersOf(experiment))}${end}`;
}

export function drawSweeps(io: Io, sweeps: readonly Sweep[], now: Date): string {
  const rows = sweeps.map((sweep) => {
    const { state = "Running" } = sweep.status ?? {};
    const made = sweep.metadata.creationTimestamp;
    return [
      nameOf(sweep),
      paint(io, styles[state] ?? "dim", state),
      progressOf(sweep),
      made ? formatAge(now.getTime() - Date.parse(made)) : "",
    ];
  });
  return formatColumns(["NAME", "STATE", "PROGRESS", "AGE"], rows);
}
