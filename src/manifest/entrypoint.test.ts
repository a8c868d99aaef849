import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { toEntrypoint } from "./entrypoint.ts";

/** Python's subprocess.list2cmdline, which Ray joins the words with. */
function listToCommandLine(words: readonly string[]): string {
  const one = (word: string) => {
    const escaped = word.replaceAll(/(\\*)"/g, String.raw`$1$1\"`);
    return word === "" || /[ \t]/.test(word) ? `"${escaped.replace(/(\\+)$/, "$1$1")}"` : escaped;
  };
  return words.map(one).join(" ");
}

const kubernetes = (text: string) => text.replaceAll("$$", "$");
const bash = (...args: readonly string[]) => spawnSync("bash", args, { encoding: "utf8" }).stdout;

/** The way of a command: Kubernetes' args, the submitter's bash, Ray's words, the head's shell. */
function run(command: string): string {
  const words = bash("-ce", "--", kubernetes(`printf '%s\\0' ${toEntrypoint(command)} ;`))
    .split("\0")
    .slice(0, -1);
  return spawnSync("sh", ["-c", listToCommandLine(words)], { encoding: "utf8" }).stdout;
}

describe("toEntrypoint", () => {
  it.each([
    ["plain words stay", "python3 -u main.py --lr=0.1 data/a,b", "python3 -u main.py --lr=0.1 data/a,b"],
    ["blanks around go", "  python3 main.py\n", "python3 main.py"],
    ["an assignment needs a shell", "A=1 env", "bash -c ''\\''A=1' 'env'\\'''"],
    ["a word of the shell needs one", "cd src", "bash -c ''\\''cd' 'src'\\'''"],
  ])("%s", (_, command, entrypoint) => {
    expect(toEntrypoint(command)).toBe(entrypoint);
  });

  it.each([
    "echo plain words",
    "echo one && echo two",
    "echo 'single' \"double  spaces\"",
    "for i in 1 2; do echo $i; done",
    "X=1; echo \"$X\" '$X' \\$X",
    "echo $((2 + 3)) `echo tick` $(echo dollar)",
    'echo "a\\"b" a\\\\b "tail\\\\"',
    "cat <<EOF\n  indented\n\ttab\nEOF\necho end",
    "test $$ -gt 0 && echo pid",
    "echo é ü  '日本'",
    "echo \\' \"'\" '\"'",
    "echo 'it'\\''s'; # comment",
    "printf '%s|' \"a b\" 'c  d' ''",
  ])("%j runs as written", (command) => {
    const wanted = bash("-c", command);
    expect(wanted).not.toBe("");
    expect(run(command)).toBe(wanted);
  });
});
