/** Pod groups of older manifests in today's shape, in the YAML tree itself, so that comments stay. Pure. */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Pair, Scalar, type YAMLMap, YAMLSeq } from "yaml";
import { asGroupName, isGroupName } from "../model/group-name.ts";
import { adoptAnchors } from "./anchors.ts";

/** Changes made so far, as sentences. */
export type Changes = string[];

export function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => (isScalar(pair.key) ? pair.key.value : pair.key) === key);
}

export function mapAt(parent: unknown, ...path: readonly string[]): YAMLMap | undefined {
  const node = isMap(parent) && path.length > 0 ? parent.getIn(path, true) : parent;
  return isMap(node) ? node : undefined;
}

/** The key keeps its comments and its place. */
export function rename(map: YAMLMap, from: string, to: string): boolean {
  const pair = pairOf(map, from);
  if (!pair || pairOf(map, to)) return false;
  if (isScalar(pair.key)) pair.key.value = to;
  else pair.key = new Scalar(to);
  return true;
}

/** Comments before a removed key go to the one that stays, and what others refer to stays with them. */
function remove(document: Document, map: YAMLMap, [key, heir]: readonly [string, Pair | undefined]): void {
  const gone = pairOf(map, key);
  const comment = isNode(gone?.key) ? gone.key.commentBefore : undefined;
  if (comment && isNode(heir?.key))
    heir.key.commentBefore = [comment, heir.key.commentBefore].filter(Boolean).join("\n");
  map.delete(key);
  if (isNode(gone?.value) && isNode(document.contents)) adoptAnchors(document.contents, gone.value);
}

const countOf = (group: unknown): number => {
  const count: unknown = isMap(group) ? group.get("count") : undefined;
  return typeof count === "number" ? count : 1;
};

const plain = (node: unknown, document: Document): string =>
  JSON.stringify(isNode(node) ? node.toJS(document) : (node ?? null));

/** `Master` and `Worker` → one `worker` with as many pods as both had. */
export function mergeMaster(document: Document, types: YAMLMap, changes: Changes): void {
  const [master, worker] = [pairOf(types, "Master"), pairOf(types, "Worker")];
  if (!master || pairOf(types, "worker")) return;
  if (!worker) {
    if (rename(types, "Master", "worker"))
      changes.push("renamed types.Master to worker: the first worker is the master");
    return;
  }
  // An alias of the other cannot stand alone.
  const [stays, goes] = isAlias(worker.value) ? (["Master", "Worker"] as const) : (["Worker", "Master"] as const);
  const [kept, gone] = stays === "Master" ? [master.value, worker.value] : [worker.value, master.value];
  const source = isAlias(gone) ? gone.resolve(document) : gone;
  const resourcesOf = (group: unknown) => plain(isMap(group) ? group.get("resources", true) : undefined, document);
  const lost = resourcesOf(source);
  remove(document, types, [goes, pairOf(types, stays)]);
  const count = countOf(kept) + countOf(source);
  const differ = resourcesOf(kept) !== lost;
  if (isMap(kept)) kept.set("count", count);
  rename(types, stays, "worker");
  changes.push(`merged types.Master and types.Worker into worker with count ${count}; its first pod has rank 0`);
  if (differ)
    changes.push(`all workers get the resources of ${stays}; the different resources of ${goes} were dropped`);
}

/** Names as Kubernetes takes them. */
export function lowerNames(types: YAMLMap, changes: Changes): void {
  for (const pair of types.items) {
    const name = String(isScalar(pair.key) ? pair.key.value : pair.key);
    const fit = isGroupName(name) ? name : (asGroupName(name) ?? name);
    if (fit !== name && rename(types, name, fit)) changes.push(`renamed types.${name} to ${fit}`);
  }
}

/** The head and the worker groups of the operator `ray`, whose job had a group of its own. */
export function toRayTypes(document: Document, types: YAMLMap, changes: Changes): void {
  if (pairOf(types, "Job")) {
    remove(document, types, ["Job", types.items[0]]);
    changes.push("removed types.Job: kuberay submits the command itself");
  }
  const workers = pairOf(types, "Workers");
  if (!workers) {
    types.set(document.createNode("Workers"), document.createNode([]));
    changes.push("added an empty types.Workers, which is required");
  } else if (isMap(workers.value)) {
    const list = new YAMLSeq();
    list.add(workers.value);
    workers.value = list;
    changes.push("turned types.Workers into a list");
  }
  const list = pairOf(types, "Workers")?.value;
  const groups: readonly unknown[] = [pairOf(types, "Head")?.value, ...(isSeq(list) ? list.items : [])];
  for (const [index, group] of groups.entries()) {
    if (!isMap(group)) continue;
    if (group.delete("ports")) changes.push("removed ports: the operator knows Ray's ports");
    if (index === 0 || group.has("name")) continue;
    group.items.unshift(document.createPair("name", `workers-${index}`));
    changes.push(`named worker group ${index} workers-${index}`);
  }
}

const oldNames: readonly (readonly [from: string, to: readonly string[]])[] = [
  ["cpus", ["resources", "cpus"]],
  ["ramRatio", ["resources", "ramRatio"]],
  ["shmSizeGB", ["resources", "shmSizeGB"]],
  ["gpus", ["resources", "accelerators", "gpu", "count"]],
  ["gpuType", ["resources", "accelerators", "gpu", "type"]],
  ["gpuProduct", ["resources", "accelerators", "gpu", "product"]],
];

/** Groups of 0.0.2: `{replicas, cpus, ramRatio, gpus, gpuType, gpuProduct}`. */
export function nestResources(types: YAMLMap, changes: Changes): void {
  for (const { key, value } of types.items) {
    if (!isMap(value)) continue;
    const name = String(isScalar(key) ? key.value : key);
    if (rename(value, "replicas", "count")) changes.push(`renamed types.${name}.replicas to count`);
    if (value.has("resources")) continue;
    const found = oldNames.filter(([from]) => value.has(from));
    for (const [from, to] of found) {
      const moved = value.get(from, true);
      value.delete(from);
      value.setIn(to, moved);
    }
    if (found.length > 0)
      changes.push(`types.${name}: ${found.map(([from]) => from).join(", ")} moved below resources`);
  }
}
