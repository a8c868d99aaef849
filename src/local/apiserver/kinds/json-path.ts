/** The simple paths of printer columns and scale subresources: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`. */

type Step =
  | { readonly type: "member"; readonly name: string }
  | { readonly type: "index"; readonly at: number }
  | { readonly type: "every" }
  | { readonly type: "filter"; readonly path: readonly Step[]; readonly value: string };

export type JsonPath = readonly Step[];

const token =
  /\.([A-Za-z_$][\w$-]*)|\.?\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\.?\[\s*"((?:[^"\\]|\\.)*)"\s*\]|\[(\d+)\]|\[\*\]|\[\?\(\s*@([^=]+?)\s*==\s*["']?([^"')]*)["']?\s*\)\]/y;

/** Undefined when the path has a form that printer columns do not use. Dots in names are escaped with a backslash. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  const source = text.replaceAll("\\.", "\uE000");
  token.lastIndex = 0;
  const escaped = /\.([\w$\uE000/-]+)/y;
  let at = 0;
  while (at < source.length) {
    token.lastIndex = at;
    escaped.lastIndex = at;
    const match = escaped.exec(source) ?? token.exec(source);
    if (!match) return undefined;
    at += match[0].length;
    const [whole, name, single, double, index, filter, value] = match;
    const member = name ?? single ?? double;
    if (member !== undefined) steps.push({ type: "member", name: member.replaceAll("\uE000", ".") });
    else if (index !== undefined) steps.push({ type: "index", at: Number(index) });
    else if (whole === "[*]") steps.push({ type: "every" });
    else {
      const path = parseJsonPath(filter ?? "");
      if (!path) return undefined;
      steps.push({ type: "filter", path, value: value ?? "" });
    }
  }
  return steps;
}

function next(step: Step, value: unknown): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  switch (step.type) {
    case "member":
      return [(value as Record<string, unknown>)[step.name]];
    case "index":
      return Array.isArray(value) ? [value[step.at]] : [];
    case "every":
      return Object.values(value);
    case "filter":
      return Array.isArray(value) ? value.filter((item) => String(valueAt(step.path, item)) === step.value) : [];
  }
}

/** Every value the path leads to. */
export function valuesAt(path: JsonPath, root: unknown): readonly unknown[] {
  return path
    .reduce<readonly unknown[]>((values, step) => values.flatMap((value) => next(step, value)), [root])
    .filter((value) => value !== undefined);
}

/** The first value. */
export const valueAt = (path: JsonPath, root: unknown): unknown => valuesAt(path, root)[0];
