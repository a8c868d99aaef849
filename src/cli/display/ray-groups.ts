/** The groups of a RayCluster: the head and each worker group, with ready and desired pods and a cell for each. Pure but for colours. */
import type { Pod } from "../../api/core/pod.ts";
import { isPodReady } from "../../api/core/pod.ts";
import { labels } from "../../api/ray/labels.ts";
import type { RayCluster } from "../../api/ray/types.ts";
import { desiredReplicas, hostsOf, isHead, isWorker, podsOfGroup } from "../../controllers/raycluster/pod-state.ts";
import { paint } from "../program/io.ts";
import { type Canvas, type CellState, cellOf, condense, drawLegend, drawRows, type Population } from "./cells.ts";

const mostCells = 1000;

interface Group {
  readonly name: string;
  readonly desired: number;
  readonly pods: readonly Pod[];
}

function groupsOf({ metadata, spec }: RayCluster, all: readonly Pod[]): readonly Group[] {
  const pods = all.filter((pod) => pod.metadata.labels?.[labels.cluster] === metadata.name);
  const workers = (spec.workerGroupSpecs ?? []).map((group) => ({
    name: group.groupName,
    desired: spec.suspend ? 0 : desiredReplicas(group) * hostsOf(group),
    pods: podsOfGroup(pods.filter(isWorker), group.groupName),
  }));
  return [{ name: "head", desired: spec.suspend ? 0 : 1, pods: pods.filter(isHead) }, ...workers];
}

/** Pods that are wanted and not there yet are cells, too. */
const cellsOf = ({ pods, desired }: Group, missing: "waiting" | "gone"): readonly CellState[] =>
  Array.from({ length: Math.max(desired, pods.length) }, (_, at) => cellOf(pods[at], missing));

export function drawRayCluster(canvas: Canvas, cluster: RayCluster, { pods, isOver }: Population): string {
  const { io } = canvas;
  const all: CellState[] = [];
  const lines = groupsOf(cluster, pods).flatMap((group) => {
    const cells = cellsOf(group, isOver ? "gone" : "waiting");
    all.push(...cells);
    const size = Math.max(1, Math.ceil(cells.length / mostCells));
    const scale = size > 1 ? `; one cell for ${size} pods` : "";
    const ready = group.pods.filter(isPodReady).length;
    const heading = `${paint(io, "bold", group.name)}  ${paint(io, "dim", `${ready} of ${group.desired} ready${scale}`)}`;
    const row = { label: (at: number) => String(at * size), cells: condense(cells, size) };
    return [heading, ...(cells.length > 0 ? drawRows(canvas, [row]) : [])];
  });
  return [...lines, drawLegend(io, all)].join("\n");
}
