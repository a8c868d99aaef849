/** Text to YAML tree: broken YAML becomes problems with places, in words about manifests rather than about grammars. Pure. */
import { type Document, LineCounter, parseAllDocuments, type YAMLError } from "yaml";

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
  /** The document as plain data. */
  readonly data?: unknown;
  readonly errors: readonly SyntaxError[];
}

const words: Readonly<Record<string, readonly [message: string, remedy?: string]>> = {
  TAB_AS_INDENT: ["a tab is used for indentation", "use spaces"],
  DUPLICATE_KEY: ["a key is there twice", "remove one of them"],
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
  const [found = error.message, remedy] = Object.hasOwn(words, code) ? (words[code] ?? []) : [];
  const key = /^[^\s:]{1,100}/.exec(text.slice(offset, offset + 100))?.[0] ?? "";
  const message = code === "DUPLICATE_KEY" ? `the key ${key} is there twice` : found;
  return { offset, message: message.replaceAll("\n", " "), ...(remedy && { remedy }) };
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Data of a document without errors; cycles and floods of aliases are errors. */
function dataOf(document: Document): Pick<Tree, "data" | "errors"> {
  try {
    return { data: document.toJS({ maxAliasCount: maxAliases }), errors: [] };
  } catch (error) {
    return {
      errors: [
        { offset: document.contents?.range?.[0] ?? 0, message: `the aliases cannot be followed: ${reason(error)}` },
      ],
    };
  }
}

/** Never throws. */
export function parseTree(text: string): Tree {
  const lines = new LineCounter();
  try {
    const options = { lineCounter: lines, prettyErrors: false, merge: true, logLevel: "silent" } as const;
    const documents = parseAllDocuments(text, options);
    const [document, second] = Array.isArray(documents) ? documents : [];
    if (!document) return { lines, errors: [] };
    const errors = document.errors.map((error) => explain(error, text));
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
