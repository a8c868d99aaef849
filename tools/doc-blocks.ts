/**
 * The fenced blocks of a page of the docs, and what is to be done with each: shell blocks are run, files are written,
 * everything else is left alone. An HTML comment immediately before a block directs it:
 *
 *     <!-- setup: COMMANDS -->   run before the block           <!-- file: PATH -->     write the block there
 *     <!-- not run: REASON -->   why it cannot run in a test    <!-- status: 1 -->      exit status of its commands
 *     <!-- until: TEXT -->       end it when TEXT is printed    <!-- NAME: COMMAND -->  what stands for NAME (or /dir/)
 *     <!-- typed: REASON -->     typed at a terminal, prompt by prompt, for that reason
 *
 * Pure.
 */
export interface Command {
  readonly text: string;
  /** What the page shows as its output; undefined where it shows none. */
  readonly shown?: readonly string[];
}

export type Action =
  | { readonly kind: "run"; readonly commands: readonly Command[]; readonly status: number; readonly until?: string }
  | { readonly kind: "type"; readonly commands: readonly Command[] }
  | { readonly kind: "write"; readonly path: string; readonly text: string }
  | { readonly kind: "leave"; readonly reason: string };

export interface Block {
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly setup: string;
  /** Words that stand for what a command prints. */
  readonly words: Readonly<Record<string, string>>;
  readonly action: Action;
}

interface Fence {
  readonly line: number;
  readonly language: string;
  readonly lines: readonly string[];
  readonly comments: readonly string[];
}

const commentOrFence = /^([ \t]*)<!--([\s\S]*?)-->[ \t]*$|^([ \t]*)(`{3,})([^\n`]*)\n([\s\S]*?)^[ \t]*\4[ \t]*$/gm;

/** Comments stay with the next fence as long as only blank lines are between. */
function fencesOf(page: string): readonly Fence[] {
  const fences: Fence[] = [];
  let comments: string[] = [];
  let end = 0;
  for (const match of page.matchAll(commentOrFence)) {
    const [all, , comment, indent = "", , language = "", body = ""] = match;
    if (page.slice(end, match.index).trim() !== "") comments = [];
    end = match.index + all.length;
    if (comment !== undefined) {
      comments.push(comment.trim());
      continue;
    }
    const lines = body.split("\n").slice(0, -1);
    const line = page.slice(0, match.index).split("\n").length;
    const plain = lines.map((text) => (text.startsWith(indent) ? text.slice(indent.length) : text));
    fences.push({ line, language: language.trim(), lines: plain, comments });
    comments = [];
  }
  return fences;
}

/** A placeholder: a word in capitals, or a folder that is another one where the page is tested. */
const isWord = (key: string) => /^(?:[A-Z_]+|\/[a-z/]+\/)$/.test(key);

const isShell = (language: string) => language === "sh" || language === "console";

/** A session: `$ ` begins a command, `> ` continues it, anything else is output. */
function commandsOf(lines: readonly string[]): readonly Command[] {
  const commands: { text: string; shown: string[] }[] = [];
  for (const line of lines) {
    const last = commands.at(-1);
    if (line.startsWith("$ ")) commands.push({ text: line.slice(2), shown: [] });
    else if (!last) throw new Error(`a session begins with "$ ", not with "${line}"`);
    else if (line.startsWith("> ") && last.shown.length === 0) last.text += `\n${line.slice(2)}`;
    else last.shown.push(line);
  }
  return commands;
}

type Directives = Readonly<Record<string, string>>;

function directivesOf(comments: readonly string[]): Directives {
  const pairs = comments.map(
    (comment) => /^([a-z ]+|[A-Z_]+|\/[a-z/]+\/):\s*([\s\S]*)$/.exec(comment)?.slice(1) ?? [comment, ""],
  );
  for (const [key = "", value = ""] of pairs) {
    const isKnown = ["setup", "file", "not run", "status", "until", "typed"].includes(key) || isWord(key);
    if (!isKnown) throw new Error(`unknown directive "${key}"`);
    if (value.trim() === "") throw new Error(`the directive "${key}" needs a text`);
  }
  return Object.fromEntries(pairs) as Directives;
}

function actionOf({ language, lines }: Fence, directives: Directives): Action | undefined {
  const { file, until, status = "0", "not run": reason } = directives;
  if (reason !== undefined) return { kind: "leave", reason };
  if (file !== undefined) return { kind: "write", path: file, text: `${lines.join("\n")}\n` };
  if (!isShell(language)) {
    if (lines[0]?.startsWith("$ ")) throw new Error("a session needs the language console");
    return undefined;
  }
  const commands = language === "sh" ? [{ text: lines.join("\n") }] : commandsOf(lines);
  if (directives["typed"] !== undefined) return { kind: "type", commands };
  return { kind: "run", commands, status: Number(status), ...(until !== undefined && { until }) };
}

/** Throws naming the line of the block that is wrong. */
export function blocksOf(page: string): readonly Block[] {
  return fencesOf(page).flatMap((fence) => {
    try {
      const needed =
        isShell(fence.language) || fence.comments.some((comment) => /^(file|setup|not run):/.test(comment));
      const directives = needed ? directivesOf(fence.comments) : {};
      const action = actionOf(fence, directives);
      const words = Object.fromEntries(Object.entries(directives).filter(([key]) => isWord(key)));
      return action ? [{ line: fence.line, setup: directives["setup"] ?? "", words, action }] : [];
    } catch (cause) {
      throw new Error(`line ${fence.line}: ${(cause as Error).message}`, { cause });
    }
  });
}
