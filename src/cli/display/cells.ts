/**
 * Pods as cells of a drawing: one character a pod, in lines that fit the terminal. Where there are too many, one cell
 * stands for several pods and shows the state of theirs that asks for most attention. Pure but for the choice of colours.
 */
import type { Pod } from "../../api/core/pod.ts";
import { type Io, paint, type Style } from "../program/io.ts";

/** In the order of attention: a cell for several pods shows the first of these that one of them has. */
const states = ["failed", "waiting", "running", "gone", "succeeded"] as const;
export type CellState = (typeof states)[number];

const marks: Readonly<Record<CellState, readonly [string, Style]>> = {
  waiting: [".", "yellow"],
  running: [">", "blue"],
  succeeded: ["+", "green"],
  failed: ["x", "red"],
  gone: ["-", "dim"],
};
const told: readonly CellState[] = ["waiting", "running", "succeeded", "failed", "gone"];

/** What is drawn on: where a line ends, and whether there are colours. */
export interface Canvas {
  readonly io: Io;
  /** Characters in a line of the terminal. */
  readonly width: number;
}

/** The pods of a workload; when it is over, one that is not there is not waited for. */
export interface Population {
  readonly pods: readonly Pod[];
  readonly isOver: boolean;
}

/** `missing`: what it means that there is no pod. */
export function cellOf(pod: Pod | undefined, missing: "waiting" | "gone"): CellState {
  switch (pod?.status?.phase) {
    case "Succeeded":
      return "succeeded";
    case "Failed":
      return "failed";
    case "Running":
      return "running";
    default:
      return pod ? "waiting" : missing;
  }
}

/** One cell for every `size` of them. */
export function condense(cells: readonly CellState[], size: number): readonly CellState[] {
  const count = Math.ceil(cells.length / size);
  return Array.from({ length: count }, (_, at) => {
    const some = new Set(cells.slice(at * size, (at + 1) * size));
    return states.find((state) => some.has(state)) ?? "gone";
  });
}

/** Neighbours of one state are painted together: one pair of colour codes, not one a cell. */
function drawRow(io: Io, cells: readonly CellState[]): string {
  let text = "";
  for (let at = 0; at < cells.length; ) {
    const state = cells[at] ?? "gone";
    let end = at;
    while (cells[end] === state) end++;
    const [mark, style] = marks[state];
    text += paint(io, style, mark.repeat(end - at));
    at = end;
  }
  return text;
}

export interface Row {
  /** What the cell at this index is called, when a line begins with it. */
  readonly label: (index: number) => string;
  readonly cells: readonly CellState[];
}

const indent = 2;
const gap = 2;

/** Rows as lines of at most `width` characters; a row that is longer goes on in the next line, under a label of its own. */
export function drawRows({ io, width }: Canvas, rows: readonly Row[]): readonly string[] {
  const margin = Math.max(0, ...rows.map(({ label, cells }) => label(Math.max(0, cells.length - 1)).length));
  // Lines of whole tens: indexes are then easy to count.
  const room = Math.max(10, Math.floor((width - margin - indent - gap) / 10) * 10);
  return rows.flatMap(({ label, cells }) =>
    Array.from({ length: Math.max(1, Math.ceil(cells.length / room)) }, (_, line) => {
      const from = line * room;
      return `${" ".repeat(indent)}${label(from).padEnd(margin)}${" ".repeat(gap)}${drawRow(io, cells.slice(from, from + room))}`;
    }),
  );
}

/** How many lines `drawRows` would make. */
export const countLines = (rows: number, columns: number, width: number): number =>
  rows * Math.ceil(columns / Math.max(10, width));

/** The legend, with how many pods are in each state. */
export function drawLegend(io: Io, cells: readonly CellState[]): string {
  const counts = new Map<CellState, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  return told
    .filter((state) => state !== "gone" || counts.has(state))
    .map((state) => `${paint(io, marks[state][1], marks[state][0])} ${counts.get(state) ?? 0} ${state}`)
    .join("   ");
}
