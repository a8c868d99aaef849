/**
 * Rewrites manifests of older versions in the form of 0.2.3: the tree is changed and printed again, so comments, order and
 * quoting stay. What is in that form already stays as it is, to the letter. Pure; never throws.
 */
import { type Document, isMap, isScalar, parseDocument, type YAMLMap } from "yaml";
import { type Changes, lowerNames, mapAt, mergeMaster, nestResources, pairOf, rename, toRayTypes } from "./types.ts";
import { operators, versions } from "../model/schema.ts";
import { parseManifest, type ParseOptions } from "../parse.ts";
import { type Problem, rules } from "../model/problem.ts";

export type Migration =
  | { readonly text: string /** As sentences; empty when nothing was to do. */; readonly changes: readonly string[] }
  | { readonly problems: readonly Problem[] };

const current = "0.2.3";
const replaced: Readonly<Record<string, string>> = { tf: "jobset", batchjob: "jobset", ray: "kuberay" };

/** Some of the oldest have none; without a kind it may be anything. */
function addVersion(document: Document, root: YAMLMap, changes: Changes): void {
  const at = root.items.findIndex(({ key }) => isScalar(key) && key.value === "kind");
  if (at < 0 || pairOf(root, "apiVersion")) return;
  root.items.splice(at + 1, 0, document.createPair("apiVersion", current));
  changes.push(`set apiVersion to ${current}`);
}

function migrateTop(document: Document, root: YAMLMap, changes: Changes): void {
  const kind = pairOf(root, "kind");
  if (kind && isScalar(kind.value) && kind.value.value === "IchorManifest") {
    kind.value.value = "AIchorManifest";
    changes.push("set kind to AIchorManifest");
  }
  if (rename(root, "version", "apiVersion")) changes.push("renamed version to apiVersion");
  if (rename(root, "docker", "builder")) changes.push("renamed docker to builder");
  addVersion(document, root, changes);
  const known: readonly string[] = [...versions, "0.0.2"];
  const version = pairOf(root, "apiVersion");
  if (
    version &&
    isScalar(version.value) &&
    version.value.value !== current &&
    known.includes(String(version.value.value))
  ) {
    version.value.value = current;
    changes.push(`set apiVersion to ${current}`);
  }
}

/** The operator after the change; undefined when there is none to go by. */
function migrateOperator(
  spec: YAMLMap,
  changes: Changes,
): { readonly before: string; readonly after: string } | undefined {
  const pair = pairOf(spec, "operator");
  if (!pair || !isScalar(pair.value) || typeof pair.value.value !== "string") return undefined;
  const before = pair.value.value;
  const after = Object.hasOwn(replaced, before) ? (replaced[before] ?? before) : before;
  if (after !== before) {
    pair.value.value = after;
    changes.push(`replaced the operator ${before} with ${after}, which runs the same pods`);
    if (before === "tf") changes.push("TF_CONFIG is no longer set: jobset sets JOB_INDEX, GLOBAL_REPLICAS and others");
  }
  return { before, after };
}

function migrate(document: Document, changes: Changes): void {
  const root = document.contents;
  if (!isMap(root)) return;
  migrateTop(document, root, changes);
  const spec = mapAt(root, "spec");
  const types = mapAt(root, "spec", "types");
  const operator = spec && migrateOperator(spec, changes);
  if (!types || !operator) return;
  const { after } = operator;
  if (!operators.some((name) => name === after)) return;
  if (after === "kuberay") {
    if (operator.before === "ray") toRayTypes(document, types, changes);
    return;
  }
  nestResources(types, changes);
  if (after === "pytorch" || after === "xgboost") mergeMaster(document, types, changes);
  if (after === "jobset") lowerNames(types, changes);
  else if (rename(types, "Worker", "worker")) changes.push("renamed types.Worker to worker");
}

/** Prints lists, indentation, braces and line ends the way the file has them. */
function print(document: Document, text: string): string {
  const indent = Math.min(Math.max(/^( +)[^\s#-]/m.exec(text)?.[1]?.length ?? 2, 1), 8);
  const indentSeq = !/^( *)[^\s#-][^\n]*:[ ]*\n\1- /m.test(text);
  const flowCollectionPadding = !/\{[^\s{}]/.test(text) || /\{ \S/.test(text);
  const printed = document.toString({ lineWidth: 0, indent, indentSeq, flowCollectionPadding });
  return text.includes("\r\n") ? printed.replaceAll("\n", "\r\n") : printed;
}

function cannot(error: unknown, file: string): Problem {
  const message = `the manifest cannot be converted: ${error instanceof Error ? error.message : String(error)}`;
  const code = "MANIFEST_OLD";
  const place = { path: "", file, line: 1, column: 1 };
  return {
    severity: "error",
    code,
    message,
    rule: rules[code],
    remedy: "convert it by hand, without anchors and aliases",
    ...place,
  };
}

/** Problems are those that stand in the way of reading the manifest at all, or an operator that does not run here. */
export function migrateManifest(text: string, { file }: ParseOptions = { file: "manifest.yaml" }): Migration {
  const unreadable = ["MANIFEST_SYNTAX", "MANIFEST_EMPTY", "MANIFEST_TOO_LARGE", "MANIFEST_OPERATOR"];
  const problems = parseManifest(text, { file }).problems.filter(({ code }) => unreadable.includes(code));
  if (problems.length > 0) return { problems };
  const changes: Changes = [];
  try {
    const document = parseDocument(text, { logLevel: "silent" });
    migrate(document, changes);
    return { text: changes.length > 0 ? print(document, text) : text, changes };
  } catch (error) {
    return { problems: [cannot(error, file)] };
  }
}
