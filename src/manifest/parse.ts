/** The text of a manifest to a manifest, or to everything that is wrong with it at once, each with its place. Pure; never throws. */
import { isMap, isNode, type LineCounter } from "yaml";
import { checkGroups } from "./check/groups.ts";
import { checkSpec } from "./check/spec.ts";
import { closest } from "../machinery/did-you-mean.ts";
import { type Manifest } from "./model/manifest.ts";
import { type Operator, operators } from "./model/schema.ts";
import { checkOlderVersions, type OutdatedParts } from "./check/older-versions.ts";
import { Field } from "./read/field.ts";
import { type Problem, type ProblemCode, rules } from "./model/problem.ts";
import { type FieldSchema, manifestSchema, typesOf } from "./model/schema.ts";
import { maxBytes, parseTree, type Tree } from "./read/yaml-tree.ts";
import { checkSchema } from "./check/schema.ts";
import { at, type Report } from "./check/report.ts";

export interface ParseOptions {
  /** How problems name the file. */
  readonly file: string;
}

export interface ParseResult {
  /** There when no problem is an error. */
  readonly manifest?: Manifest;
  /** In the order of the text. */
  readonly problems: readonly Problem[];
}

/** Collects problems with line and column. */
class Problems {
  readonly list: Problem[] = [];
  readonly #file: string;
  readonly #lines: LineCounter | undefined;

  constructor(file: string, lines?: LineCounter) {
    this.#file = file;
    this.#lines = lines;
  }

  add(
    code: ProblemCode,
    offset: number,
    about: {
      readonly message: string;
      readonly path?: string;
      readonly remedy?: string;
      readonly severity?: Problem["severity"];
    },
  ): void {
    const { line, col } = this.#lines?.linePos(offset) ?? { line: 1, col: 1 };
    const { severity = "error", message, remedy, path = "" } = about;
    const place = { path, file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) };
    this.list.push({ severity, code, message, ...(remedy && { remedy }), rule: rules[code], ...place });
  }

  readonly report: Report = (code, { node, path }, message, more = {}) => {
    const offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    this.add(code, offset, { message, path, ...more });
  };

  sorted(): readonly Problem[] {
    return this.list.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }
}

/** Pod groups by their earlier names: what is in them has not changed. */
function olderTypes(operator: Operator): FieldSchema {
  const { properties = {} }: FieldSchema = typesOf[operator];
  const { worker } = properties;
  if (!worker) return { type: "object" };
  return { type: "object", additionalProperties: false, properties: { worker, Master: worker, Worker: worker } };
}

/** The schema without what was found to be too old to compare with it. */
function schemaFor(operator: Operator, outdated: OutdatedParts): FieldSchema {
  const schema = manifestSchema(operator);
  const { spec, ...others } = schema.properties ?? {};
  if (!spec || outdated === "nothing") return schema;
  const free: FieldSchema = { type: "object" };
  const types = { ...spec, properties: { ...spec.properties, types: olderTypes(operator) } };
  return { ...schema, properties: { ...others, spec: outdated === "spec" ? free : types } };
}

/** Which operator's shape to compare with: the one that was probably meant, where it is misspelt, which is reported. */
function operatorOf(
  root: Field,
  outdated: OutdatedParts,
  report: Report,
): { readonly operator?: Operator; readonly isGuess?: true } {
  const field = root.get("spec", "operator");
  const found = operators.find((operator) => operator === field?.text);
  if (found) return { operator: found };
  if (!field || field.text === undefined || outdated !== "nothing") return {};
  const near = operators.find((operator) => operator === closest(field.text ?? "", operators));
  const remedy = near ? `did you mean ${near}?` : `one of: ${operators.join(", ")}`;
  report("MANIFEST_OPERATOR", at(field), `unknown operator ${JSON.stringify(field.text)}`, { remedy });
  return near ? { operator: near, isGuess: true } : {};
}

/** The field `operator` once it has been reported, or its types cannot be judged without it. */
function relaxed(schema: FieldSchema): FieldSchema {
  const spec = schema.properties?.["spec"];
  const operator: FieldSchema = { type: "string", description: "What runs the experiment." };
  return {
    ...schema,
    properties: { ...schema.properties, spec: { ...spec, properties: { ...spec?.properties, operator } } },
  };
}

function check(tree: Tree, problems: Problems): void {
  const { document, aliases } = tree;
  if (!document || !aliases) return;
  const root = new Field(aliases, document.contents, { path: "" });
  if (!isMap(root.node)) {
    const message = "the manifest must be a map with fields such as kind and spec";
    return problems.add("MANIFEST_TYPE", root.node?.range?.[0] ?? 0, {
      message,
      remedy: "start with kind: AIchorManifest",
    });
  }
  const { report } = problems;
  const outdated = checkOlderVersions(root, report);
  if (outdated === "everything") return;
  const { operator, isGuess } = operatorOf(root, outdated, report);
  const schema = operator
    ? schemaFor(operator, outdated)
    : schemaFor("kuberay", outdated === "spec" ? outdated : "types");
  const { contents } = document;
  checkSchema(operator && !isGuess ? schema : relaxed(schema), { contents, aliases }, report);
  if (outdated === "spec") return;
  checkSpec(root, operator, report);
  const types = root.get("spec", "types");
  if (operator && types) checkGroups(types, operator, report);
}

/** Reads a manifest. Warnings come with a manifest, errors without. */
export function parseManifest(text: string, { file }: ParseOptions): ParseResult {
  if (text.length > maxBytes || new TextEncoder().encode(text).length > maxBytes) {
    const problems = new Problems(file);
    const message = `the file has ${(text.length / maxBytes).toFixed(1)} MB, which is too large for a manifest`;
    problems.add("MANIFEST_TOO_LARGE", 0, { message, remedy: "pass the manifest itself, a YAML file of at most 1 MB" });
    return { problems: problems.list };
  }
  const tree = parseTree(text);
  const problems = new Problems(file, tree.lines);
  for (const { offset, ...about } of tree.errors) problems.add("MANIFEST_SYNTAX", offset, about);
  if (tree.errors.length === 0 && (tree.data === null || tree.data === undefined)) {
    problems.add("MANIFEST_EMPTY", 0, {
      message: "the file is empty",
      remedy: "start from an example, or run `windlass init`",
    });
  } else check(tree, problems);
  const isValid = problems.list.every((problem) => problem.severity !== "error");
  return { ...(isValid && { manifest: tree.data as Manifest }), problems: problems.sorted() };
}
