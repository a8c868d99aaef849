/** Text → manifest, with every problem at once and each in its place. Pure; never throws for what a user wrote. */
import { type Document, isMap, isNode, isScalar, LineCounter, type Node, type Pair, parseAllDocuments } from "yaml";
import { closest } from "../machinery/did-you-mean.ts";
import { checkLegacy } from "./legacy.ts";
import { type Manifest, type Operator, operators } from "./model.ts";
import { type Problem, rules } from "./problem.ts";
import { manifestSchema } from "./schema.ts";
import { checkSemantics } from "./semantics.ts";
import { type Report, Walker } from "./walk.ts";

export interface Parsed {
  /** Set when there is no error. */
  readonly manifest?: Manifest;
  readonly problems: readonly Problem[];
}

export interface ParseOptions {
  /** Name to show in problems. */
  readonly file: string;
}

const maxBytes = 1_000_000;

/** Remedies for what the YAML library says, by its code. */
const syntaxRemedies: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "indent with spaces, not tabs",
  BAD_INDENT: "line the text up with its neighbours",
  DUPLICATE_KEY: "keep one of them",
  MULTIPLE_DOCS: "one manifest per file: take out the `---` and what follows",
};

function offsetOf(node: unknown): number {
  return isNode(node) && node.range ? node.range[0] : 0;
}

/** Offset of the key under which a node stands is better known to people than that of its first child. */
function startOf(document: Document, node: unknown): number {
  if (isScalar(node) || node === undefined || node === null) return offsetOf(node);
  let found = offsetOf(node);
  const visit = (current: unknown): void => {
    if (!isMap(current)) return;
    for (const pair of current.items as Pair[]) {
      if (pair.value === node) found = offsetOf(pair.key);
      visit(pair.value);
    }
  };
  visit(document.contents);
  return found;
}

class Collector {
  readonly problems: Problem[] = [];
  readonly lines = new LineCounter();
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  add(problem: Omit<Problem, "file" | "line" | "column" | "rule">, offset: number): void {
    const { line, col } = this.lines.lineStarts.length > 0 ? this.lines.linePos(offset) : { line: 1, col: 1 };
    const { remedy, ...rest } = problem;
    this.problems.push({ ...rest, rule: rules[problem.code], ...(remedy && { remedy }), file: this.#file, line: Math.max(1, line), column: Math.max(1, col) });
  }

  reportFor(document: Document): Report {
    return (code, { node, path }, message, { remedy, severity = "error" } = {}) => this.add({ severity, code, message, remedy, path }, startOf(document, node));
  }
}

function syntax(collector: Collector, documents: readonly Document.Parsed[]): void {
  for (const error of documents.flatMap((document) => document.errors)) {
    const message = error.message.split(/ at line \d+/)[0]?.split("\n")[0] ?? error.message;
    collector.add({ severity: "error", code: "MANIFEST_SYNTAX", message, remedy: syntaxRemedies[error.code], path: "" }, error.pos[0]);
  }
}

function operatorOf(document: Document, report: Report): Operator | undefined {
  const operator = document.getIn(["spec", "operator"]);
  if ((operators as readonly unknown[]).includes(operator)) return operator as Operator;
  if (typeof operator === "string") {
    const near = closest(operator, operators);
    const remedy = near ? `did you mean ${near}?` : `one of: ${operators.join(", ")}`;
    report("MANIFEST_OPERATOR", { node: document.getIn(["spec", "operator"], true), path: "spec.operator" }, `there is no operator "${operator}"`, { remedy });
  }
  return undefined;
}

/** Which operator's shape the types have, when the operator itself is not told or mistyped. */
function guess(document: Document): Operator {
  const types = document.getIn(["spec", "types"], true);
  const keys = isMap(types) ? types.items.map((pair) => String(isScalar(pair.key) ? pair.key.value : "")) : [];
  if (keys.includes("Head") || keys.includes("Workers")) return "kuberay";
  return keys.length === 1 && keys[0] === "worker" ? "pytorch" : "jobset";
}

export function parseManifest(text: string, { file }: ParseOptions): Parsed {
  const collector = new Collector(file);
  if (text.length > maxBytes) {
    collector.add({ severity: "error", code: "MANIFEST_TOO_LARGE", message: `the file has ${(text.length / 1e6).toFixed(1)} MB; it cannot be a manifest`, path: "" }, 0);
    return { problems: collector.problems };
  }
  const parsed = parseAllDocuments(text, { lineCounter: collector.lines, prettyErrors: false, uniqueKeys: true });
  const documents = Array.isArray(parsed) ? parsed.filter((document) => document.contents !== null || document.errors.length > 0) : [];
  const [document] = documents;
  if (!document) {
    collector.add({ severity: "error", code: "MANIFEST_EMPTY", message: "the file is empty", remedy: "examples/ has manifests to start from", path: "" }, 0);
    return { problems: collector.problems };
  }
  syntax(collector, documents);
  if (documents.length > 1 && documents[1]?.contents) {
    collector.add({ severity: "error", code: "MANIFEST_SYNTAX", message: `the file holds ${documents.length} documents`, remedy: syntaxRemedies["MULTIPLE_DOCS"], path: "" }, offsetOf(documents[1].contents));
  }
  if (collector.problems.length === 0) checkDocument(document as unknown as Document, collector);
  const sorted = collector.problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  if (sorted.some(({ severity }) => severity === "error")) return { problems: sorted };
  return { manifest: document.toJS() as Manifest, problems: sorted };
}

function checkDocument(document: Document, collector: Collector): void {
  const report = collector.reportFor(document);
  if (!isMap(document.contents)) {
    return report("MANIFEST_TYPE", { node: document.contents, path: "" }, "a manifest is a map of fields, beginning with kind: AIchorManifest", { remedy: "examples/ has manifests to start from" });
  }
  if (checkLegacy(document, report)) return;
  const operator = operatorOf(document, report);
  const schema = manifestSchema(operator ?? guess(document));
  const walker = new Walker(document, (code, place, message, more) => {
    // The operator has been told about already, in more words.
    if (code === "MANIFEST_VALUE" && place.path === "spec.operator") return;
    report(code, place, message, more);
  });
  walker.check(schema, document.contents as Node, "", document.contents);
  if (collector.problems.some(({ severity }) => severity === "error")) return;
  checkSemantics({ manifest: document.toJS() as Manifest, document, report });
}
