/** `types.Workers[0].count=4` as a place in a manifest and a value. Pure. */
import { parse } from "yaml";

/** A key of a map, or the place in a list: its number, or the `name` of the item. */
export type PathStep = { readonly key: string } | { readonly item: number | string };

export interface Assignment {
  /** From the top of the manifest. */
  readonly path: readonly PathStep[];
  /** null removes the field. */
  readonly value: unknown;
}

export interface AssignmentProblem {
  readonly problem: string;
}

const topKeys = new Set(["kind", "apiVersion", "name", "builder", "spec"]);
const step = /(?:^|\.)([^.[\]=]+)|\[([^\]]+)\]/y;

export function formatPath(path: readonly PathStep[]): string {
  return path
    .map((one) => ("key" in one ? `.${one.key}` : `[${one.item}]`))
    .join("")
    .slice(1);
}

/** Undefined for what is no path. A first key that is none of the manifest's own is one of `spec`. */
function parsePath(text: string): readonly PathStep[] | undefined {
  const path: PathStep[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const [found, key, item] = step.exec(text) ?? [];
    if (found === undefined) return undefined;
    if (key !== undefined) path.push({ key });
    else if (item !== undefined) path.push({ item: /^\d+$/.test(item) ? Number(item) : item });
  }
  const [first] = path;
  if (!first || !("key" in first)) return undefined;
  return topKeys.has(first.key) ? path : [{ key: "spec" }, ...path];
}

/** The value is read as YAML: `4` is a number, `2h` a text, `{cpus: 2}` a map, `null` removes the field. */
export function parseAssignment(text: string): Assignment | AssignmentProblem {
  const at = text.indexOf("=");
  const path = at > 0 ? parsePath(text.slice(0, at)) : undefined;
  if (!path) return { problem: "expected PATH=VALUE, such as types.Workers[0].count=4" };
  try {
    return { path, value: at === text.length - 1 ? "" : (parse(text.slice(at + 1)) as unknown) };
  } catch (error) {
    return { problem: `the value is not YAML: ${(error as Error).message.split("\n")[0]}` };
  }
}
