/** Label and field selectors: parsing their text, building them from objects, matching. */

export type Operator = "In" | "NotIn" | "Exists" | "DoesNotExist" | "GreaterThan" | "LessThan";

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** All requirements must hold; none at all matches everything. `nothing` matches nothing. */
export interface Selector {
  readonly requirements: readonly Requirement[];
  readonly nothing?: true;
}

export type Labels = Readonly<Record<string, string>>;

export class SelectorError extends Error {
  constructor(text: string, reason: string) {
    super(`unable to parse requirement: ${reason} in "${text}"`);
    this.name = "SelectorError";
  }
}

/** Splits at commas that are not inside parentheses. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "(") depth++;
    else if (text[at] === ")") depth--;
    else if (text[at] === "," && depth === 0) {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
    if (depth < 0 || depth > 1) throw new SelectorError(text, "unbalanced parentheses");
  }
  if (depth !== 0) throw new SelectorError(text, "unbalanced parentheses");
  terms.push(text.slice(start));
  return terms.map((term) => term.trim());
}

const key = "[A-Za-z0-9_./-]+";
const equality = new RegExp(`^(${key})\\s*(==|=|!=)\\s*([A-Za-z0-9_.-]*)$`);
const setBased = new RegExp(`^(${key})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const exists = new RegExp(`^(!?)\\s*(${key})$`);
const numeric = new RegExp(`^(${key})\\s*([<>])\\s*(-?\\d+)$`);

function parseTerm(text: string, term: string): Requirement {
  const equal = equality.exec(term);
  if (equal) return { key: equal[1] ?? "", operator: equal[2] === "!=" ? "NotIn" : "In", values: [equal[3] ?? ""] };
  const set = setBased.exec(term);
  if (set) {
    const values = (set[3] ?? "").split(",").map((value) => value.trim());
    return { key: set[1] ?? "", operator: set[2] === "in" ? "In" : "NotIn", values };
  }
  const presence = exists.exec(term);
  if (presence) return { key: presence[2] ?? "", operator: presence[1] ? "DoesNotExist" : "Exists", values: [] };
  const compare = numeric.exec(term);
  if (compare)
    return {
      key: compare[1] ?? "",
      operator: compare[2] === ">" ? "GreaterThan" : "LessThan",
      values: [compare[3] ?? ""],
    };
  throw new SelectorError(text, term === "" ? "found ',', expected an identifier" : `found '${term}'`);
}

/** Parses `a=b,c in (d,e),!f`. An empty text matches everything. Throws SelectorError. */
export function parseSelector(text: string): Selector {
  if (text.trim() === "") return { requirements: [] };
  return { requirements: splitTerms(text).map((term) => parseTerm(text, term)) };
}

function matchesRequirement({ key: name, operator, values }: Requirement, labels: Labels): boolean {
  const value = labels[name];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "GreaterThan":
      return value !== undefined && Number(value) > Number(values[0]);
    case "LessThan":
      return value !== undefined && Number(value) < Number(values[0]);
  }
}

const none: Labels = Object.freeze({});

export function matchesLabels(selector: Selector, labels: Labels | undefined): boolean {
  if (selector.nothing) return false;
  return selector.requirements.every((requirement) => matchesRequirement(requirement, labels ?? none));
}

interface LabelSelectorObject {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** From a `metav1.LabelSelector`: an absent one matches nothing, an empty one everything. Throws SelectorError on an unknown operator. */
export function fromLabelSelector(object: LabelSelectorObject | undefined): Selector {
  if (!object) return { requirements: [], nothing: true };
  const equal = Object.entries(object.matchLabels ?? {}).map(
    ([name, value]): Requirement => ({ key: name, operator: "In", values: [value] }),
  );
  const expressions = (object.matchExpressions ?? []).map(({ key: name, operator, values = [] }): Requirement => {
    if (!["In", "NotIn", "Exists", "DoesNotExist"].includes(operator))
      throw new SelectorError(operator, "unknown operator");
    return { key: name, operator: operator as Operator, values };
  });
  return { requirements: [...equal, ...expressions] };
}

export interface FieldRequirement {
  readonly path: string;
  readonly value: string;
  readonly equal: boolean;
}

export type FieldSelector = readonly FieldRequirement[];

/** Parses `metadata.name=x,status.phase!=Running`. Throws SelectorError. */
export function parseFieldSelector(text: string): FieldSelector {
  if (text.trim() === "") return [];
  return text.split(",").map((term) => {
    const match = /^\s*([\w.]+)\s*(==|=|!=)(.*)$/.exec(term);
    if (!match) throw new SelectorError(text, `invalid field selector '${term}'`);
    return { path: match[1] ?? "", value: (match[3] ?? "").trim(), equal: match[2] !== "!=" };
  });
}

/** `valueAt` answers the field at a path, undefined counting as empty. */
export function matchesFields(selector: FieldSelector, valueAt: (path: string) => string | undefined): boolean {
  return selector.every(({ path, value, equal }) => ((valueAt(path) ?? "") === value) === equal);
}
