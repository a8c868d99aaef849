/**
 * A Dockerfile's text as its instructions, each with its line, its flags and its here-documents, and what is wrong with
 * its syntax. Substitutes nothing. Pure.
 */
import { Copy, DockerfileParser, Run } from "dockerfile-ast";
import { closest } from "../../../machinery/did-you-mean.ts";

export interface Problem {
  readonly line: number;
  readonly message: string;
}

export interface Flag {
  readonly name: string;
  readonly value: string;
}

export interface Instruction {
  readonly line: number;
  /** In capitals. */
  readonly keyword: string;
  readonly flags: readonly Flag[];
  /** Its arguments on one line; `lineBreak` stands for each end of a line that was joined to the next. */
  readonly text: string;
  /** Bodies of its here-documents. */
  readonly documents: readonly { readonly line: number; readonly text: string }[];
  /** The words of the exec form, `["python", "main.py"]`. */
  readonly exec?: readonly string[];
}

/** Stands for nothing in a text but the end of a line. */
export const lineBreak = "\uE000";

const keywords = (
  "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER " +
  "ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR"
).split(" ");

/** A blank after `<<` hides the here-document from the parser (rcjsuen/dockerfile-utils#130). */
const closeDocuments = (text: string) => text.replaceAll(/<<(-?)[ \t]+(?=['"]?[A-Za-z_])/g, "<<$1");

/** Lines of one instruction as one text: continuations joined, comments and blank lines within them left out. */
function joinLines(lines: readonly string[], escape: string): string {
  const end = new RegExp(`${escape === "\\" ? "\\\\" : escape}[ \\t]*$`);
  return lines.map((line, at) => (at > 0 && /^\s*(#|$)/.test(line) ? "" : line.replace(end, ""))).join(lineBreak);
}

function splitFlags(text: string): { readonly flags: readonly Flag[]; readonly rest: string } {
  const flags: Flag[] = [];
  const isBlank = (char: string | undefined) => char !== undefined && (char === lineBreak || /\s/.test(char));
  let at = 0;
  for (;;) {
    while (isBlank(text[at])) at++;
    const match = /^--([a-z][a-z-]*)(?:=([^\s\uE000]*))?/.exec(text.slice(at));
    if (!match) break;
    flags.push({ name: match[1] ?? "", value: (match[2] ?? "").replaceAll(/^(["'])(.*)\1$/g, "$2") });
    at += match[0].length;
  }
  // Line breaks before the rest still count.
  const breaks = text.slice(0, at).replaceAll(/[^\uE000]/g, "");
  return { flags, rest: breaks + text.slice(at) };
}

function execForm(text: string): readonly string[] | undefined {
  const plain = text.replaceAll(lineBreak, " ").trim();
  if (!plain.startsWith("[")) return undefined;
  try {
    const words: unknown = JSON.parse(plain);
    return Array.isArray(words) && words.every((word) => typeof word === "string") ? words : undefined;
  } catch {
    return undefined;
  }
}

export interface Parsed {
  readonly instructions: readonly Instruction[];
  readonly escape: string;
  readonly problems: readonly Problem[];
}

export function parseInstructions(source: string): Parsed {
  const text = closeDocuments(source.replaceAll("\r\n", "\n"));
  const lines = text.split("\n");
  const dockerfile = DockerfileParser.parse(text);
  const escape = dockerfile.getEscapeCharacter();
  const instructions = dockerfile.getInstructions().map((found): Instruction => {
    const { start, end } = found.getRange();
    const documents = found instanceof Run || found instanceof Copy ? found.getHeredocs() : [];
    const bodies = documents.map((document) => {
      const range = document.getContentRange();
      if (!range) return { line: start.line + 2, text: "" };
      const last = range.end.character > 0 ? range.end.line + 1 : range.end.line;
      return { line: range.start.line + 1, text: lines.slice(range.start.line, last).join("\n") };
    });
    const before = bodies[0] ? bodies[0].line - 1 : end.line + 1;
    const joined = joinLines(lines.slice(start.line, before), escape);
    const keyword = found.getKeyword();
    const { flags, rest } = splitFlags(joined.trimStart().slice(keyword.length));
    const exec = execForm(rest);
    return { line: start.line + 1, keyword, flags, text: rest, documents: bodies, ...(exec && { exec }) };
  });
  return { instructions, escape, problems: instructions.flatMap(syntaxProblem).concat(orderProblems(instructions)) };
}

/** An instruction's arguments as words, where quotes and variables do not matter. */
export const plainWords = ({ text }: Instruction): readonly string[] =>
  text.replaceAll(lineBreak, " ").split(/\s+/).filter(Boolean);

function syntaxProblem(instruction: Instruction): readonly Problem[] {
  const { line, keyword, documents, exec } = instruction;
  const problem = (message: string): readonly Problem[] => [{ line, message }];
  if (!keywords.includes(keyword)) {
    const near = closest(keyword, keywords);
    return problem(`unknown instruction ${keyword}${near ? `; did you mean ${near}?` : ""}`);
  }
  const words = plainWords(instruction);
  if (words.length === 0 && documents.length === 0) return problem(`${keyword} needs an argument`);
  if (keyword === "FROM" && !(words.length === 1 || (words.length === 3 && /^as$/i.test(words[1] ?? ""))))
    return problem("FROM takes an image, and optionally AS and a name");
  const paths = (exec ?? words).length;
  if ((keyword === "COPY" || keyword === "ADD") && paths < 2)
    return problem(`${keyword} needs a source and a destination`);
  if (keyword === "ENV" && words.length === 1 && !words[0]?.includes("="))
    return problem(`ENV needs a value: ENV ${words[0]}=VALUE`);
  return [];
}

function orderProblems(instructions: readonly Instruction[]): readonly Problem[] {
  const first = instructions.find(({ keyword }) => keyword !== "ARG");
  if (!first) return [{ line: 1, message: "the Dockerfile has no FROM" }];
  if (first.keyword === "FROM" || !keywords.includes(first.keyword)) return [];
  return [{ line: first.line, message: `${first.keyword} is before the first FROM; only ARG may be there` }];
}
