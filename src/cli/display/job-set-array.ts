/**
 * The array of a JobSet: per type a row for each Job and a column for each completion index. A type with too many rows
 * is drawn with one cell a Job, and with more than a thousand of those one cell for several. Pure but for colours.
 */
import type { JobSet, ReplicatedJob } from "../../api/jobset/types.ts";
import { byCoordinates, formatCoordinates } from "../pods/coordinates.ts";
import { paint } from "../program/io.ts";
import {
  type Canvas,
  type CellState,
  cellOf,
  condense,
  countLines,
  drawLegend,
  drawRows,
  type Population,
  type Row,
} from "./cells.ts";

const mostLines = 40;
const mostCells = 1000;

interface TypeShape {
  readonly name: string;
  readonly jobs: number;
  readonly completions: number;
  readonly parallelism: number;
}

function shapeOf({ name, replicas = 1, template }: ReplicatedJob): TypeShape {
  const { completions, parallelism = 1 } = template.spec;
  return { name, jobs: replicas, completions: completions ?? parallelism, parallelism };
}

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;

function headingOf({ jobs, completions, parallelism }: TypeShape, podsPerCell: number): string {
  const waves = parallelism < completions ? `, ${parallelism} at a time` : "";
  const scale = podsPerCell > 1 ? `; one cell for ${podsPerCell} pods` : "";
  return `${plural(jobs, "job")} of ${plural(completions, "pod")}${waves}${scale}`;
}

interface Drawing {
  readonly rows: readonly Row[];
  readonly podsPerCell: number;
}

/** One row for all Jobs, or for all places of the only one: cells stand for whole Jobs where they can. */
function condensed({ jobs, completions }: TypeShape, cells: readonly CellState[]): Drawing {
  const ofJob = jobs > 1 ? completions : 1;
  const podsPerCell = ofJob * Math.ceil(cells.length / ofJob / mostCells);
  const label = (at: number) => String((at * podsPerCell) / ofJob);
  return { rows: [{ label, cells: condense(cells, podsPerCell) }], podsPerCell };
}

function arrange(shape: TypeShape, cells: readonly CellState[], width: number): Drawing {
  const { jobs, completions } = shape;
  const fits = countLines(jobs, completions, width) <= mostLines && completions <= mostCells;
  if (!fits) return condensed(shape, cells);
  const rows = Array.from({ length: jobs }, (_, job) => ({
    label: (at: number) => (completions > width ? `${job}/${at}` : String(job)),
    cells: cells.slice(job * completions, (job + 1) * completions),
  }));
  return { rows, podsPerCell: 1 };
}

const hasEnded = ({ status }: JobSet): boolean =>
  status?.conditions?.some(({ type, status: is }) => (type === "Completed" || type === "Failed") && is === "True") ===
  true;

export function drawJobSet(canvas: Canvas, jobSet: JobSet, { pods, isOver }: Population): string {
  const { io, width } = canvas;
  const places = byCoordinates(pods);
  const missing = isOver || hasEnded(jobSet) ? "gone" : "waiting";
  const all: CellState[] = [];
  const lines = (jobSet.spec?.replicatedJobs ?? []).flatMap((replicatedJob) => {
    const shape = shapeOf(replicatedJob);
    const { name: type, jobs, completions } = shape;
    const cells = Array.from({ length: jobs * completions }, (_, at) => {
      const where = { type, job: Math.floor(at / completions), index: at % completions };
      return cellOf(places.get(formatCoordinates(where)), missing);
    });
    all.push(...cells);
    const { rows, podsPerCell } = arrange(shape, cells, width);
    const heading = `${paint(io, "bold", type)}  ${paint(io, "dim", headingOf(shape, podsPerCell))}`;
    return [heading, ...drawRows(canvas, rows)];
  });
  return lines.length === 0 ? "" : [...lines, drawLegend(io, all)].join("\n");
}
