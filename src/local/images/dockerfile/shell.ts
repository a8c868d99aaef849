/**
 * The script of a RUN as the commands it would run, one after the other, as far as that can be told without running it:
 * quotes, variables, `&&`, `;`, pipes and redirections. Loops, conditions and groups are taken as one command. Pure.
 */
import { lineBreak } from "./instructions.ts";
import { type Lookup, variableAt } from "./substitute.ts";

export interface Command {
  readonly line: number;
  /** As it is written, on one line. */
  readonly text: string;
  readonly words: readonly string[];
  /** Variables that stand before the command. */
  readonly env: Readonly<Record<string, string>>;
}

/** Commands joined by `|`. */
export interface Pipeline {
  readonly line: number;
  readonly text: string;
  readonly commands: readonly Command[];
  /** Runs only when the one before it failed: after `||`. */
  readonly isFallback: boolean;
  /** A loop, a condition, a group or a command substitution: what it does cannot be told. */
  readonly isOpaque: boolean;
}

const compound = /^(?:if|for|while|until|case|select|function|\{|\(|\[\[)(?=\s|$|\()|^\(|^\w+\s*\(\)/;
const operators = ["&&", "||", ";;", ";", "|&", "|", "&"];

interface Reader {
  readonly script: string;
  at: number;
  line: number;
}

const isBlank = (char: string | undefined) => char === " " || char === "\t" || char === lineBreak;

function skipBlanks(reader: Reader): void {
  for (;;) {
    const char = reader.script[reader.at];
    if (char === "#")
      while (reader.at < reader.script.length && !/[\n\uE000]/.test(reader.script[reader.at] ?? "")) reader.at++;
    else if (char === "\\" && reader.script[reader.at + 1] === "\n") {
      reader.at += 2;
      reader.line++;
    } else if (isBlank(char)) {
      if (char === lineBreak) reader.line++;
      reader.at++;
    } else return;
  }
}

interface Word {
  readonly value: string;
  readonly isOpaque: boolean;
  /** Whether a `=` stands in it before any quote: then it may set a variable. */
  readonly isAssignment: boolean;
}

/** One word, its quotes taken off and its variables replaced. */
function readWord(reader: Reader, lookup: Lookup): Word {
  const { script } = reader;
  const from = reader.at;
  let value = "";
  let quote = "";
  let isOpaque = false;
  for (; reader.at < script.length; reader.at++) {
    const char = script[reader.at] ?? "";
    if (!quote && (isBlank(char) || char === "\n" || /[;&|<>()]/.test(char))) break;
    if (char === lineBreak || char === "\n") reader.line++;
    if (char === lineBreak) continue;
    if (quote === "'" ? char === "'" : (char === "'" && !quote) || char === '"') quote = quote ? "" : char;
    else if (quote === "'") value += char;
    else if (char === "\\") {
      const next = script[++reader.at] ?? "";
      if (next === "\n") reader.line++;
      else value += quote && !/["$`\\]/.test(next) ? `\\${next}` : next;
    } else if (char === "`" || script.startsWith("$(", reader.at)) {
      isOpaque = true;
      reader.at = endOfSubstitution(script, reader.at);
    } else if (char === "$") {
      const [replaced, next] = variableAt(script, reader.at, { lookup, escape: "\\" });
      value += replaced;
      reader.at = next - 1;
    } else value += char;
  }
  return { value, isOpaque, isAssignment: /^[A-Za-z_]\w*=/.test(script.slice(from, reader.at)) };
}

/** Index of the last character of the `$(…)` or `` `…` `` that begins at `from`. */
function endOfSubstitution(script: string, from: number): number {
  if (script[from] === "`") {
    const end = script.indexOf("`", from + 1);
    return end < 0 ? script.length : end;
  }
  let depth = 0;
  for (let at = from + 1; at < script.length; at++) {
    if (script[at] === "(") depth++;
    else if (script[at] === ")" && --depth === 0) return at;
  }
  return script.length;
}

/** `>file`, `2>&1`, `<<EOF`: without a meaning for what is installed. */
function skipRedirection(reader: Reader, lookup: Lookup): boolean {
  const match = /^\d*(?:&>>?|[<>]{1,3}&?-?|>\|)/.exec(reader.script.slice(reader.at));
  if (!match || !/[<>]/.test(match[0])) return false;
  reader.at += match[0].length;
  skipBlanks(reader);
  readWord(reader, lookup);
  return true;
}

const shown = (text: string) => text.replaceAll(lineBreak, " ").replaceAll(/\s+/g, " ").trim();

function readCommand(reader: Reader, lookup: Lookup): { readonly command: Command; readonly isOpaque: boolean } {
  skipBlanks(reader);
  const { at: from, line } = reader;
  const words: string[] = [];
  const env: Record<string, string> = {};
  let isOpaque = false;
  while (reader.at < reader.script.length) {
    skipBlanks(reader);
    const char = reader.script[reader.at];
    if (skipRedirection(reader, lookup)) continue;
    if (char === undefined || char === "\n" || /[;&|()]/.test(char)) break;
    const word = readWord(reader, lookup);
    isOpaque ||= word.isOpaque;
    const equals = word.value.indexOf("=");
    if (word.isAssignment && words.length === 0) env[word.value.slice(0, equals)] = word.value.slice(equals + 1);
    else words.push(word.value);
  }
  return { command: { line, words, env, text: shown(reader.script.slice(from, reader.at)) }, isOpaque };
}

/**
 * The pipelines of a script, read one by one: `lookup` may answer differently after each, when it has set variables.
 * Throws Error on a substitution that no shell knows.
 */
export function* readPipelines(script: string, line: number, lookup: Lookup): Generator<Pipeline> {
  const reader: Reader = { script, at: 0, line };
  let isFallback = false;
  while (reader.at < script.length) {
    skipBlanks(reader);
    const rest = script.slice(reader.at);
    if (/^[\n;]/.test(rest)) {
      if (rest[0] === "\n") reader.line++;
      reader.at++;
      continue;
    }
    if (!rest) return;
    const from = reader.at;
    const first = reader.line;
    if (compound.test(rest) || rest.startsWith(")")) {
      yield { line: first, text: shown(rest), commands: [], isFallback, isOpaque: true };
      return;
    }
    const commands: Command[] = [];
    let isOpaque = false;
    for (;;) {
      const found = readCommand(reader, lookup);
      commands.push(found.command);
      isOpaque ||= found.isOpaque;
      if (script[reader.at] !== "|" || script[reader.at + 1] === "|") break;
      reader.at += script[reader.at + 1] === "&" ? 2 : 1;
    }
    yield { line: first, text: shown(script.slice(from, reader.at)), commands, isFallback, isOpaque };
    const operator = operators.find((one) => script.startsWith(one, reader.at));
    isFallback = operator === "||";
    reader.at += operator?.length ?? 0;
    // A stray parenthesis belongs to nothing that was understood.
    if (!operator && /[()]/.test(script[reader.at] ?? "")) return;
  }
}
