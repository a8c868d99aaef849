/**
 * Fields of cached objects that no controller reads or writes: they are not kept. A path goes through lists
 * (`spec.containers.env`). Only what every controller that caches a kind leaves unread is left out. Pure.
 */
import type { Kind, KubeObject } from "../meta/object.ts";
import type { Apply } from "./plan.ts";
import type { AnyControllerSpec } from "./spec.ts";
import { TerminalError } from "./terminal-error.ts";

interface Tree {
  readonly [field: string]: Tree | true;
}

type Fields = Readonly<Record<string, unknown>>;

const keyOf = ({ group, resource }: Pick<Kind, "group" | "resource">): string => `${group}/${resource}`;

function treeOf(paths: readonly string[]): Tree {
  const byHead = Map.groupBy(paths, (path) => path.split(".", 1)[0] ?? "");
  return Object.fromEntries(
    [...byHead].map(([head, below]) => {
      const rest = below.filter((path) => path !== head).map((path) => path.slice(head.length + 1));
      return [head, rest.length < below.length ? true : treeOf(rest)];
    }),
  );
}

/** Without the fields of the tree; what has none of them is handed back as it is. */
function without(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, tree));
  if (typeof value !== "object" || value === null) return value;
  const kept: Record<string, unknown> = {};
  for (const [field, content] of Object.entries(value)) {
    const below = tree[field];
    if (below !== true) kept[field] = below ? without(content, below) : content;
  }
  return kept;
}

export type Trim = (object: KubeObject) => KubeObject;

const cachedBy = ({ root, owns, watches = [] }: AnyControllerSpec) => [
  { kind: root, unread: [] },
  ...owns.map(({ kind, unread = [] }) => ({ kind, unread })),
  ...watches.map(({ kind, unread = [] }) => ({ kind, unread })),
];

/** How to trim the objects of each kind that these controllers cache. */
export function trimsFor(specs: readonly AnyControllerSpec[]): (kind: Kind) => Trim | undefined {
  const byKind = Map.groupBy(specs.flatMap(cachedBy), ({ kind }) => keyOf(kind));
  const trims = new Map(
    [...byKind].map(([key, uses]) => {
      const [first, ...others] = uses.map(({ unread }) => new Set(unread));
      return [key, treeOf([...(first ?? [])].filter((path) => others.every((other) => other.has(path))))];
    }),
  );
  return (kind) => {
    const tree = trims.get(keyOf(kind));
    if (!tree || Object.keys(tree).length === 0) return undefined;
    return (object) => without(object, tree) as KubeObject;
  };
}

function names(value: unknown, tree: Tree): boolean {
  if (Array.isArray(value)) return value.some((item) => names(item, tree));
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value as Fields).some(([field, content]) => {
    const below = tree[field];
    return below === true || (below !== undefined && names(content, below));
  });
}

/** Throws TerminalError for a patch of a field that the controller leaves unread: it would be sent in every reconcile. */
export function checkUnread(spec: AnyControllerSpec, applies: readonly Apply[]): void {
  for (const { kind, mode, target } of applies) {
    if (mode === "create") continue;
    const paths = cachedBy(spec).filter((one) => keyOf(one.kind) === keyOf(kind));
    if (!names(target, treeOf(paths.flatMap(({ unread }) => unread)))) continue;
    throw new TerminalError(
      `controller ${spec.name} plans to change a field of a ${kind.kind} that it says it does not read`,
    );
  }
}
