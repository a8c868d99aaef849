/**
 * `spec.command` as the entrypoint of a Ray job. On its way it is parsed by bash (the submitter's script), joined again by
 * Python's `subprocess.list2cmdline` (Ray's command line) and parsed by a shell on the head; Kubernetes looks for `$(NAME)`
 * in it as well. What comes out at the end is what the manifest says, run by bash. Pure.
 */

const plainWord = /^[A-Za-z0-9_@%+=:,./-]+$/;
const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\x27",
  '"': "\\x22",
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
};

/** In single quotes, for any shell. */
function quote(word: string): string {
  return plainWord.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Whether list2cmdline or Kubernetes would change it: quotes, blanks that are not single spaces, `$$`. */
const isFragile = (text: string) => /["\t\n\r]| {2}|\$\$/.test(text);

/** Bash's `$'…'` without any of those. */
function ansiQuote(text: string): string {
  const encoded = text
    .replaceAll(/[\\'"\n\t\r]/g, (char) => escapes[char] ?? char)
    .replaceAll(/ {2,}/g, (blanks) => "\\x20".repeat(blanks.length))
    .replaceAll(/\${2,}/g, (dollars) => "\\x24".repeat(dollars.length));
  return `$'${encoded}'`;
}

/** A plain command line stays as it is; anything that needs a shell becomes `bash -c …`. */
export function toEntrypoint(command: string): string {
  const text = command.trim();
  const words = text.split(" ");
  // A first word with `=` would be an assignment, `exec` and the like are the shell's own: both need one.
  if (words.every((word) => plainWord.test(word)) && !words[0]?.includes("=") && !shellWords.has(words[0] ?? ""))
    return text;
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
