/** Circles among imports, those of types included: who is in one cannot be read, tested or moved without the others. */
import { globSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { importsOf } from "./imports.ts";

type Graph = ReadonlyMap<string, readonly string[]>;

function graphOf(root: string): Graph {
  const files = globSync("{src,test,tools,bench}/**/*.ts", { cwd: root });
  const targetsOf = (file: string) =>
    importsOf(join(root, file))
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => normalize(join(dirname(file), specifier)));
  return new Map(files.map((file) => [file, [...new Set(targetsOf(file))]]));
}

/** The shortest way from a file back to itself. */
function circleFrom(graph: Graph, start: string): readonly string[] | undefined {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const next of graph.get(file) ?? []) {
      if (next === start) return wayTo(cameFrom, start, file);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, file);
      queue.push(next);
    }
  }
  return undefined;
}

function wayTo(cameFrom: ReadonlyMap<string, string>, start: string, end: string): readonly string[] {
  const way: string[] = [];
  for (let file = end; file !== start; file = cameFrom.get(file) ?? start) way.unshift(file);
  return [start, ...way];
}

/** One line for each circle below `src`, `test`, `tools` and `bench`. */
export function circles(root: string): string[] {
  const graph = graphOf(root);
  const found = new Map<string, string>();
  for (const file of graph.keys()) {
    const way = circleFrom(graph, file);
    if (!way) continue;
    const members = way.toSorted().join();
    if (!found.has(members)) found.set(members, `circle of imports: ${[...way, file].join(" → ")}`);
  }
  return [...found.values()];
}
