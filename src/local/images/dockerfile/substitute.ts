/**
 * Variables in a Dockerfile's words, by Docker's rules: `$X`, `${X:-y}`, `${X:+y}`, `${X:?why}`, patterns (`${X#p}`,
 * `${X%p}`, `${X/p/r}`), quotes and escapes. Pure. https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
import { lineBreak } from "./instructions.ts";

export type Lookup = (name: string) => string | undefined;

export interface Syntax {
  readonly lookup: Lookup;
  /** `\` unless the Dockerfile says otherwise. */
  readonly escape: string;
}

/** A glob of the shell as an expression; `*` takes as little as it can unless it is greedy. */
function globSource(pattern: string, isGreedy: boolean): string {
  return pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", isGreedy ? ".*" : ".*?")
    .replaceAll("?", ".");
}

/** Cuts the longest or the shortest end that the pattern takes. */
function withoutEnd(value: string, pattern: string, isLongest: boolean): string {
  const end = new RegExp(`^(?:${globSource(pattern, true)})$`, "s");
  const starts = Array.from({ length: value.length + 1 }, (_, at) => at);
  const at = (isLongest ? starts : starts.reverse()).find((from) => end.test(value.slice(from)));
  return at === undefined ? value : value.slice(0, at);
}

function modify(value: string, operator: string, operand: string): string {
  const isDouble = operator.length === 2;
  switch (operator[0]) {
    case "#":
      return value.replace(new RegExp(`^${globSource(operand, isDouble)}`, "s"), "");
    case "%":
      return withoutEnd(value, operand, isDouble);
    default: {
      const [, pattern = "", replacement = ""] = /^((?:\\.|[^/])*)(?:\/(.*))?$/s.exec(operand) ?? [];
      return value.replace(new RegExp(globSource(pattern, true), isDouble ? "gs" : "s"), () => replacement);
    }
  }
}

/** The end of `${…}`, whose inside begins at `from`. */
function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text.startsWith("${", at)) depth++;
    else if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

function expression(inside: string, syntax: Syntax): string {
  const match = /^([A-Za-z_]\w*)(?:(:?[-+?]|##?|%%?|\/\/?)([\s\S]*))?$/.exec(inside);
  if (!match) throw new Error(`\${${inside}} is not a substitution that Docker supports`);
  const [, name = "", operator, operand = ""] = match;
  const value = syntax.lookup(name);
  if (!operator) return value ?? "";
  const isSet = operator.startsWith(":") ? Boolean(value) : value !== undefined;
  const other = () => expandWord(operand, syntax);
  if (operator.endsWith("-")) return isSet ? (value ?? "") : other();
  if (operator.endsWith("+")) return isSet ? other() : "";
  if (operator.endsWith("?")) {
    if (isSet) return value ?? "";
    throw new Error(`${name}: ${other() || "is not set"}`);
  }
  return modify(value ?? "", operator, other());
}

/** The value of the variable at `at`, where a `$` stands, and where the text goes on. */
export function variableAt(text: string, at: number, syntax: Syntax): readonly [value: string, next: number] {
  if (text[at + 1] === "{") {
    const end = closingBrace(text, at + 2);
    if (end < 0) throw new Error(`\${ without }`);
    return [expression(text.slice(at + 2, end), syntax), end + 1];
  }
  const name = /^[A-Za-z_]\w*|^[0-9@*#?!-]/.exec(text.slice(at + 1))?.[0];
  return name === undefined ? ["$", at + 1] : [syntax.lookup(name) ?? "", at + 1 + name.length];
}

/** A word with its variables replaced and its quotes taken off. Throws Error with what is wrong with it. */
export function expandWord(text: string, syntax: Syntax): string {
  let result = "";
  let quote = "";
  for (let at = 0; at < text.length; ) {
    const char = text[at] ?? "";
    if (char === lineBreak) at++;
    else if (quote === "'" || char === "'") {
      if (char === "'" && quote !== '"') quote = quote ? "" : "'";
      else result += char;
      at++;
    } else if (char === '"') {
      quote = quote ? "" : '"';
      at++;
    } else if (char === syntax.escape && at + 1 < text.length) {
      const next = text[at + 1] ?? "";
      result += quote && !['"', "$", syntax.escape].includes(next) ? char + next : next;
      at += 2;
    } else if (char === "$") {
      const [value, next] = variableAt(text, at, syntax);
      result += value;
      at = next;
    } else {
      result += char;
      at++;
    }
  }
  return result;
}

/** Splits at blanks outside of quotes and `${…}`; nothing is replaced yet. */
export function splitWords(text: string, escape: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (!quote && (char === lineBreak || /\s/.test(char))) {
      if (word) words.push(word);
      word = "";
      continue;
    }
    if (char === escape && quote !== "'") {
      word += char + (text[++at] ?? "");
      continue;
    }
    if (text.startsWith("${", at) && quote !== "'") {
      const end = closingBrace(text, at + 2);
      if (end > 0) {
        word += text.slice(at, end + 1);
        at = end;
        continue;
      }
    }
    if ((char === "'" || char === '"') && (!quote || quote === char)) quote = quote ? "" : char;
    word += char;
  }
  return word ? [...words, word] : words;
}
