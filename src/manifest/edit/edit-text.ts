/**
 * Changes to the text of a manifest that leave everything else as the user wrote it: comments, order, anchors. What an
 * alias or a merge key brings in is copied to the place that is changed, so that nothing else changes with it. Pure.
 */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { words } from "../../machinery/shell-words.ts";
import { type Assignment, formatPath, type PathStep } from "./assignment.ts";
import { aliasesOf, follow, keyText, pairsOf } from "../read/aliases.ts";

/** A change that cannot be made: the message says where in the manifest, and why. */
export class EditError extends Error {}

type Collection = YAMLMap | YAMLSeq;

function nameOf(item: unknown): string {
  const name = isMap(item) ? item.get("name") : undefined;
  return typeof name === "string" ? name : "";
}

function indexOf(list: YAMLSeq, wanted: number | string, path: string): number {
  const names = list.items.map(nameOf);
  const index = typeof wanted === "number" ? wanted : names.indexOf(wanted);
  if (index >= 0 && index < list.items.length) return index;
  const known = names.filter(Boolean).join(", ");
  throw new EditError(`${path}: no such item in the list of ${list.items.length}${known ? `: ${known}` : ""}`);
}

/** What the map or list has at a step; undefined when it has nothing there. */
function childOf(document: Document, parent: Collection, step: PathStep, path: string): unknown {
  if (isSeq(parent)) {
    if ("key" in step) throw new EditError(`${path}: this is a list; name an item, such as [0]`);
    return parent.items[indexOf(parent, step.item, path)];
  }
  if (!("key" in step)) throw new EditError(`${path}: this is a map; name a field`);
  const { aliases } = aliasesOf(document);
  return pairsOf(aliases, parent).find((pair) => keyText(pair) === step.key)?.value;
}

function put(parent: Collection, step: PathStep, value: unknown, path: string): void {
  if (isSeq(parent) && "item" in step) parent.items[indexOf(parent, step.item, path)] = value;
  else if ("key" in step) parent.set(step.key, value);
}

/** A node of its own for this place: not an alias, nor shared with the map that a merge key names. */
function ownNode(document: Document, parent: Collection, step: PathStep, found: unknown): unknown {
  const isOwn = isSeq(parent) || ("key" in step && parent.has(step.key));
  if (isOwn && !isAlias(found)) return found;
  const node = follow(aliasesOf(document).aliases, found);
  const copy = node?.clone() as (Node & { anchor?: string }) | undefined;
  if (copy && "anchor" in copy) delete copy.anchor;
  return copy;
}

/** The map or list that a path leads to, made where it is not there. */
function descend(document: Document, path: readonly PathStep[]): Collection {
  let parent = document.contents as unknown;
  if (!isCollection(parent)) throw new EditError("the manifest is not a map");
  for (const [at, step] of path.entries()) {
    const shown = formatPath(path.slice(0, at + 1));
    const found = childOf(document, parent as Collection, step, shown);
    const isEmpty = found === undefined || (isScalar(found) && found.value === null);
    const node = isEmpty ? document.createNode({}) : ownNode(document, parent as Collection, step, found);
    if (!isCollection(node)) throw new EditError(`${shown}: this is a value; it has no fields`);
    if (node !== found) put(parent as Collection, step, node, shown);
    parent = node;
  }
  return parent as Collection;
}

function assign(document: Document, { path, value }: Assignment): void {
  const last = path.at(-1);
  if (!last) return;
  const parent = descend(document, path.slice(0, -1));
  const shown = formatPath(path);
  const found = childOf(document, parent, last, shown);
  if (value === null) {
    if ("key" in last) parent.delete(last.key);
    else parent.delete(indexOf(parent, last.item, shown));
  } else if (isScalar(found) && typeof value !== "object" && ("item" in last || parent.has(last.key)))
    found.value = value;
  else put(parent, last, document.createNode(value), shown);
}

const parse = (text: string): Document => parseDocument(text, { merge: true, uniqueKeys: false });
const print = (document: Document): string => document.toString({ lineWidth: 0 });

/** Throws EditError for a place that cannot be. Whether the result is a valid manifest is not judged here. */
export function setFields(text: string, assignments: readonly Assignment[]): string {
  if (assignments.length === 0) return text;
  const document = parse(text);
  for (const assignment of assignments) assign(document, assignment);
  return print(document);
}

/** Rewrites `spec.command`, in the style that it has in the text. */
export function mapCommand(text: string, change: (command: string) => string): string {
  const document = parse(text);
  const spec = descend(document, [{ key: "spec" }]);
  const found = childOf(document, spec, { key: "command" }, "spec.command");
  const command = follow(aliasesOf(document).aliases, found);
  if (!isScalar(command)) throw new EditError("spec.command: no command");
  const value = change(String(command.value));
  if (value === command.value) return text;
  if (isMap(spec) && spec.has("command") && isScalar(found)) found.value = value;
  else spec.set("command", value);
  return print(document);
}

const isBlankOrComment = (line: string) => /^\s*(?:#.*)?$/.test(line);

/** Adds arguments to the end of the command's last line, quoted for the shell. */
export function appendArguments(text: string, extra: readonly string[]): string {
  if (extra.length === 0) return text;
  return mapCommand(text, (command) => {
    const lines = command.split("\n");
    const last = lines.findLastIndex((line) => !isBlankOrComment(line));
    const line = (lines[last] ?? "").trimEnd().replace(/\\$/, "").trimEnd();
    return lines.with(Math.max(last, 0), `${line} ${words(extra)}`.trimStart()).join("\n");
  });
}
