/** Experiments as a table, a line each, whatever their messages hold. Pure but for colours. */
import type { Experiment } from "../../api/experiment/types.ts";
import { formatAge } from "../../machinery/duration.ts";
import { type Io, paint, type Style } from "../io.ts";
import { formatColumns } from "./columns.ts";

const styles: Readonly<Record<string, Style>> = {
  Succeeded: "green",
  Failed: "red",
  Processing: "blue",
  Cancelled: "yellow",
};

export function stateText(io: Io, { status }: Experiment): string {
  const text = status?.state ?? "Processing";
  return paint(io, styles[text] ?? "dim", text);
}

/** What the run is about, in one line: messages are often whole commit messages. */
export const headline = ({ spec }: Experiment): string => spec.message?.trim().split(/\r?\n/, 1)[0] ?? "";

function about(experiment: Experiment): string {
  const { reason } = experiment.status ?? {};
  return reason && reason !== "Completed" ? reason : headline(experiment);
}

export function drawExperiments(io: Io, experiments: readonly Experiment[], now: Date): string {
  const rows = experiments.map((experiment) => {
    const { metadata, status } = experiment;
    const age = metadata.creationTimestamp ? now.getTime() - Date.parse(metadata.creationTimestamp) : undefined;
    return [
      metadata.name ?? "",
      stateText(io, experiment),
      status?.step ?? "Waiting",
      status?.operator ?? "",
      age === undefined ? "" : formatAge(age),
      about(experiment),
    ];
  });
  return formatColumns(["NAME", "STATE", "STEP", "OPERATOR", "AGE", "ABOUT"], rows);
}
