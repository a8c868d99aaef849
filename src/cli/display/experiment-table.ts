/** Experiments as a table, a line each, whatever their messages hold. Pure but for colours. */
import { ownLabelPrefix } from "../../api/experiment/labels.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { formatAge } from "../../machinery/duration.ts";
import { type Io, paint, type Style } from "../program/io.ts";
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

/** What went wrong or is waited for, in a word; nothing for a success. */
const reasonText = ({ status }: Experiment): string =>
  status?.reason && status.reason !== "Completed" ? status.reason : "";

/** How long it ran, or has run; empty before it began. */
export function durationText({ status }: Experiment, now: Date): string {
  if (!status?.startTime) return "";
  const end = status.endTime ? Date.parse(status.endTime) : now.getTime();
  return formatAge(end - Date.parse(status.startTime));
}

function ageText({ metadata }: Experiment, now: Date): string {
  return metadata.creationTimestamp ? formatAge(now.getTime() - Date.parse(metadata.creationTimestamp)) : "";
}

const mostLetters = 60;
const shorten = (text: string) => (text.length > mostLetters ? `${text.slice(0, mostLetters - 1)}…` : text);

/** The user's own labels: those of Windlass say nothing that the name does not. */
export function labelsText({ metadata }: Experiment): string {
  const own = Object.entries(metadata.labels ?? {}).filter(([key]) => !key.startsWith(ownLabelPrefix));
  return own.map(([key, value]) => `${key}=${value}`).join(",");
}

/** The user's message comes last, for it is the longest; `isWide` keeps it whole and adds columns. */
export function drawExperiments(io: Io, experiments: readonly Experiment[], now: Date, isWide = false): string {
  const rows = experiments.map((experiment) => {
    const { metadata, status } = experiment;
    const first = [metadata.name ?? "", stateText(io, experiment), status?.step ?? "Waiting"];
    const times = [durationText(experiment, now), ageText(experiment, now)];
    if (!isWide) return [...first, ...times, reasonText(experiment), shorten(headline(experiment))];
    const more = [status?.operator ?? "", labelsText(experiment), status?.image ?? ""];
    const outcome = status?.message?.split("\n", 1)[0] ?? "";
    return [...first, ...times, ...more, reasonText(experiment), headline(experiment), outcome];
  });
  const headings = ["NAME", "STATE", "STEP", "DURATION", "AGE"];
  const wide = ["OPERATOR", "LABELS", "IMAGE", "REASON", "MESSAGE", "OUTCOME"];
  return formatColumns([...headings, ...(isWide ? wide : ["REASON", "MESSAGE"])], rows);
}
