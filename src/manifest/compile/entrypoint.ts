/**
 * `spec.command` as the entrypoint of a Ray job. On its way it is parsed by bash (the submitter's script), joined again by
 * `ray job submit` and parsed by a shell on the head. What comes out at the end is what the manifest says, run by bash.
 * Ray joins with Python's `shlex.join`, older ones with `subprocess.list2cmdline`, which drops quotes: two forms. Pure.
 */
import { isPlainWord, quote } from "../../machinery/shell-words.ts";

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\x27",
  '"': "\\x22",
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
};

/** Whether list2cmdline would change it: quotes, blanks that are not single spaces. */
const isFragile = (text: string) => /["\t\n\r]| {2}/.test(text);

/** Bash's `$'…'` without any of those. */
function ansiQuote(text: string): string {
  const encoded = text
    .replaceAll(/[\\'"\n\t\r]/g, (char) => escapes[char] ?? char)
    .replaceAll(/ {2,}/g, (blanks) => "\\x20".repeat(blanks.length));
  return `$'${encoded}'`;
}

/** Whether every shell on the way takes it as it stands. A first word with `=` would be an assignment. */
function isPlain(text: string): boolean {
  const [first = "", ...others] = text.split(" ");
  return [first, ...others].every(isPlainWord) && !first.includes("=") && !shellWords.has(first);
}

/** A plain command line stays as it is; anything that needs a shell becomes `bash -c '…'`. */
export function toEntrypoint(command: string): string {
  const text = command.trim();
  return isPlain(text) ? text : `bash -c ${quote(text)}`;
}

/** The same for a `ray job submit` that joins with list2cmdline (Ray before 2.50 or so). */
export function toLegacyEntrypoint(command: string): string {
  const text = command.trim();
  if (isPlain(text)) return text;
  const script = isFragile(text) ? `eval ${ansiQuote(text)}` : text;
  // One argument per space: list2cmdline puts the spaces back and changes nothing else.
  const onHead = `'${script.replaceAll("'", "'\\''")}'`;
  return ["bash", "-c", ...onHead.split(" ").map(quote)].join(" ");
}

const shellWords = new Set([
  "cd",
  "exec",
  "export",
  "set",
  "source",
  ".",
  "time",
  "ulimit",
  "umask",
  "unset",
  "eval",
  "trap",
  "exit",
]);
