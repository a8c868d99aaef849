/** What pods use, as a table: the part, CPUs and memory now and at most, the limit. Pure but for colours. */
import { formatHumanBytes } from "../../machinery/human-quantity.ts";
import { type Io, paint } from "../program/io.ts";
import { formatColumns } from "../display/columns.ts";
import type { PodUsage } from "./pod-usage.ts";

export interface UsageRow extends PodUsage {
  readonly part: string;
  readonly memoryLimit?: number;
}

const cpuText = (cpus: number | undefined): string => (cpus === undefined ? "-" : cpus.toFixed(2));
const byteText = (bytes: number | undefined): string => (bytes === undefined ? "-" : formatHumanBytes(bytes));

/** Close to its limit: the next allocation may be the last one. */
const near = 0.9;

function memoryText(io: Io, bytes: number | undefined, limit: number | undefined): string {
  const text = byteText(bytes);
  return bytes !== undefined && limit !== undefined && bytes > limit * near ? paint(io, "red", text) : text;
}

/** What a pod uses is 0 after its end: its peaks are what is left to tell. */
function rowText(io: Io, row: UsageRow): readonly string[] {
  const { pod, part, hasEnded, cpus, memoryBytes, peakCpus, peakMemoryBytes, memoryLimit } = row;
  return [
    pod,
    part,
    hasEnded ? "-" : cpuText(cpus),
    cpuText(peakCpus),
    hasEnded ? "-" : memoryText(io, memoryBytes, memoryLimit),
    memoryText(io, peakMemoryBytes, memoryLimit),
    byteText(memoryLimit),
    hasEnded ? paint(io, "dim", "ended") : "running",
  ];
}

export function drawUsage(io: Io, rows: readonly UsageRow[]): string {
  const headings = ["POD", "PART", "CPU", "CPU MAX", "MEMORY", "MEMORY MAX", "LIMIT", "STATE"];
  return formatColumns(
    headings,
    rows.map((row) => rowText(io, row)),
  );
}
