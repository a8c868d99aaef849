/** Text to YAML tree: broken YAML becomes problems with places, in words about manifests rather than about grammars. Pure. */
import { type Document, isScalar, LineCounter, parseAllDocuments, visit, type YAMLError } from "yaml";
import { type Aliases, aliasesOf } from "./place.ts";

export const maxBytes = 1 << 20;
/** How often anchors may be used: far more than anyone writes, far less than what is written to exhaust memory. */
const maxAliases = 2000;

export interface SyntaxError {
  readonly offset: number;
  readonly message: string;
  readonly remedy?: string;
}

export interface Tree {
  readonly lines: LineCounter;
  readonly document?: Document;
  readonly aliases?: Aliases;
  /** The document as plain data. */
  readonly data?: unknown;
  readonly errors: readonly SyntaxError[];
}

const words: Readonly<Record<string, readonly [message: string, remedy?: string]>> = {
  TAB_AS_INDENT: ["a tab is used for indentation", "use spaces"],
  BAD_INDENT: ["the indentation does not fit the lines above"],
  MULTILINE_IMPLICIT_KEY: [
    "this looks like a key, but goes on over several lines",
    "check the indentation, and quote texts with `: ` in them",
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    "there is a second `: ` on this line, or the indentation is off",
    "quote texts with `: ` in them",
  ],
  MISSING_CHAR: ["a closing quote or bracket is missing"],
  MULTIPLE_ANCHORS: ["a value has two anchors"],
  BAD_ALIAS: ["an alias has no name"],
};

function explain(error: YAMLError, text: string): SyntaxError {
  const [offset] = error.pos;
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1).split("\n", 1)[0] ?? "";
  const before = text.slice(0, offset);
  const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
  const code = indent.includes("\t") || /\n[ ]*\t[ \t]*$/.test(before) ? "TAB_AS_INDENT" : error.code;
  const [message = error.message, remedy] = Object.hasOwn(words, code) ? (words[code] ?? []) : [];
  return { offset, message: message.replaceAll("\n", " "), ...(remedy && { remedy }) };
}

/** Keys that a map has already; the library's own check takes a time that grows with the square of the keys. */
function duplicateKeys(document: Document): readonly SyntaxError[] {
  const found: SyntaxError[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || typeof key.value === "symbol") continue;
        const message = `the key ${String(key.value)} is there twice`;
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
    const message = `there is no anchor &${dangling.source} above`;
    return { errors: [{ offset: dangling.range?.[0] ?? 0, message }] };
  }
  try {
    return { aliases, data: document.toJS({ maxAliasCount: maxAliases }), errors: [] };
  } catch (error) {
    const offset = document.contents?.range?.[0] ?? 0;
    return { errors: [{ offset, message: `the aliases cannot be followed: ${reason(error)}` }] };
  }
}

/** Never throws. */
export function parseTree(text: string): Tree {
  const lines = new LineCounter();
  try {
    const options = {
      lineCounter: lines,
      prettyErrors: false,
      merge: true,
      uniqueKeys: false,
      logLevel: "silent",
    } as const;
    const documents = parseAllDocuments(text, options);
    const [document, second] = Array.isArray(documents) ? documents : [];
    if (!document) return { lines, errors: [] };
    const errors = [...document.errors.map((error) => explain(error, text)), ...duplicateKeys(document)];
    if (second && (second.contents !== null || documents.length > 2)) {
      const remedy = "keep one manifest per file";
      errors.push({ offset: second.range[0], message: "there is a second document in the file", remedy });
    }
    if (errors.length > 0) return { lines, errors };
    return { lines, document, ...dataOf(document) };
  } catch (error) {
    return { lines, errors: [{ offset: 0, message: `the file cannot be read as YAML: ${reason(error)}` }] };
  }
}
