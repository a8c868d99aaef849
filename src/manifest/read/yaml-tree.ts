/** Text to YAML tree: broken YAML becomes problems with places, in words about manifests rather than about grammars. Pure. */
import { type Document, isScalar, LineCounter, parseAllDocuments, visit, type YAMLError } from "yaml";
import { type Aliases, aliasesOf } from "./aliases.ts";

export const maxBytes = 1 << 20;
/** How often anchors may be used: far more than anyone writes, far less than what is written to exhaust memory. */
const maxAliases = 2000;

export interface SyntaxError {
  readonly offset: number;
  readonly message: string;
  readonly remedy: string;
}

export interface Tree {
  readonly lines: LineCounter;
  readonly document?: Document;
  readonly aliases?: Aliases;
  /** The document as plain data. */
  readonly data?: unknown;
  /** Where there is a document in spite of them, it can be judged. */
  readonly errors: readonly SyntaxError[];
}

const words: Readonly<Record<string, readonly [message: string, remedy?: string]>> = {
  TAB_AS_INDENT: ["a tab is used for indentation", "use spaces"],
  BAD_INDENT: ["the indentation does not match the lines above", "align the line with its siblings"],
  MULTILINE_IMPLICIT_KEY: [
    "this looks like a key but spans several lines",
    "check the indentation, and quote strings that contain `: `",
  ],
  BLOCK_AS_IMPLICIT_KEY: ["the line has a second `: `, or its indentation is wrong", "quote strings that contain `: `"],
  MISSING_CHAR: ["a closing quote or bracket is missing", "close the quote or bracket opened above"],
  MULTIPLE_ANCHORS: ["a value has two anchors", "keep one"],
  BAD_ALIAS: ["an alias has no name", "quote strings that start with * or &"],
};

const isExhausted = (message: string) => /call stack|stack overflow/i.test(message);
const tooDeep = { message: "the file is nested too deeply to be a manifest", remedy: "close the brackets" } as const;

/** The library's code, where it says too little. */
function codeOf(error: YAMLError, text: string, indent: string): string {
  const before = text.slice(0, error.pos[0]);
  if (indent.includes("\t") || /\n[ ]*\t[ \t]*$/.test(before)) return "TAB_AS_INDENT";
  return error.code === "BAD_INDENT" && error.message.startsWith("Flow") ? "MISSING_CHAR" : error.code;
}

const fallback = "quote strings that contain YAML's special characters";

function explain(error: YAMLError, text: string): SyntaxError {
  const [offset] = error.pos;
  // Where exactly the stack ends differs from run to run.
  if (isExhausted(error.message)) return { offset: text.lastIndexOf("\n", offset - 1) + 1, ...tooDeep };
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1).split("\n", 1)[0] ?? "";
  const code = codeOf(error, text, /^[ \t]*/.exec(line)?.[0] ?? "");
  const [message = error.message, remedy = fallback] = Object.hasOwn(words, code) ? (words[code] ?? []) : [];
  return { offset, message: message.replaceAll("\n", " "), remedy };
}

/** What breaks a line once breaks it again and again: the first word on each line is enough, and nothing follows a nesting without end. */
function firstOfLines(errors: readonly SyntaxError[], lines: LineCounter): readonly SyntaxError[] {
  const deep = errors.find(({ message }) => message === tooDeep.message);
  if (deep) return [deep];
  const seen = new Set<number>();
  return errors.filter(({ offset }) => {
    const { line } = lines.linePos(offset);
    const isFirst = !seen.has(line);
    seen.add(line);
    return isFirst;
  });
}

/** Bytes that are no text are told before a parser stumbles over them; in a comment they do no harm. */
function encodingError(text: string): SyntaxError | undefined {
  const found = /\0|^[^#\n]*?\uFFFD/m.exec(text);
  if (!found) return undefined;
  const offset = found.index + found[0].length - 1;
  return { offset, message: "the file is not UTF-8 text", remedy: "save the file as UTF-8" };
}

/** Keys that a map has already; the library's own check takes a time that grows with the square of the keys. */
function duplicateKeys(document: Document): readonly SyntaxError[] {
  const found: SyntaxError[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || typeof key.value === "symbol") continue;
        const message = `duplicate key ${String(key.value)}`;
        if (seen.has(key.value)) found.push({ offset: key.range?.[0] ?? 0, message, remedy: "remove one of them" });
        seen.add(key.value);
      }
    },
  });
  return found;
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Data of a document without errors; aliases of nothing and floods of aliases are errors. */
function dataOf(document: Document): Pick<Tree, "data" | "aliases" | "errors"> {
  const { aliases, dangling } = aliasesOf(document);
  if (dangling) {
    const message = `the anchor &${dangling.source} is not defined above`;
    const remedy = `define &${dangling.source} before it is used, or quote the string`;
    return { errors: [{ offset: dangling.range?.[0] ?? 0, message, remedy }] };
  }
  try {
    return { aliases, data: document.toJS({ maxAliasCount: maxAliases }), errors: [] };
  } catch (error) {
    const offset = document.contents?.range?.[0] ?? 0;
    const message = isExhausted(reason(error))
      ? "an alias refers to its own anchor"
      : `the aliases cannot be resolved: ${reason(error)}`;
    return { errors: [{ offset, message, remedy: "write the values out, without anchors and aliases" }] };
  }
}

function parseText(text: string, lines: LineCounter): Omit<Tree, "lines"> {
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    uniqueKeys: false,
    logLevel: "silent",
  } as const;
  const documents = parseAllDocuments(text, options);
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (!document) return { errors: [] };
  const broken = firstOfLines(
    document.errors.map((error) => explain(error, text)),
    lines,
  );
  const errors = [...duplicateKeys(document)];
  if (second && (second.contents !== null || documents.length > 2)) {
    const remedy = "keep one manifest per file";
    errors.push({ offset: second.range[0], message: "the file contains more than one document", remedy });
  }
  if (broken.length > 0) return { errors: [...broken, ...errors] };
  const { errors: more, ...found } = dataOf(document);
  return { document, ...found, errors: [...errors, ...more] };
}

/** Never throws. */
export function parseTree(given: string): Tree {
  const lines = new LineCounter();
  const text = given.replace(/^\uFEFF/, "");
  try {
    const unreadable = encodingError(text);
    if (unreadable) {
      for (const { index } of text.slice(0, unreadable.offset + 1).matchAll(/(?<=^|\n)/g)) lines.addNewLine(index);
      return { lines, errors: [unreadable] };
    }
    return { lines, ...parseText(text, lines) };
  } catch (error) {
    if (isExhausted(reason(error))) return { lines, errors: [{ offset: 0, ...tooDeep }] };
    const message = `the file cannot be read as YAML: ${reason(error)}`;
    return { lines, errors: [{ offset: 0, message, remedy: "open the file in an editor and check it" }] };
  }
}
