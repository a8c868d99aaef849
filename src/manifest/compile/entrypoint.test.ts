import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { toEntrypoint, toLegacyEntrypoint } from "./entrypoint.ts";

const bash = (...args: readonly string[]) => spawnSync("bash", args, { encoding: "utf8" }).stdout;

/** The way of a command: the submitter's bash, the words as Ray joins them, the head's shell. */
function run(entrypoint: string, join: string): string {
  const words = bash("-ce", "--", `printf '%s\\0' ${entrypoint} ;`).split("\0").slice(0, -1);
  const python = ["-c", `import shlex, subprocess, sys; print(${join}(sys.argv[1:]), end="")`, ...words];
  const { stdout } = spawnSync("python3", python, { encoding: "utf8" });
  return spawnSync("sh", ["-c", stdout], { encoding: "utf8" }).stdout;
}

describe("toEntrypoint", () => {
  it.each([
    ["plain words stay", "python3 -u main.py --lr=0.1 data/a,b", "python3 -u main.py --lr=0.1 data/a,b"],
    ["blanks around go", "  python3 main.py\n", "python3 main.py"],
    ["an assignment needs a shell", "A=1 env", "bash -c 'A=1 env'"],
    ["a word of the shell needs one", "cd src", "bash -c 'cd src'"],
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
    expect(run(toEntrypoint(command), "shlex.join")).toBe(wanted);
    expect(run(toLegacyEntrypoint(command), "subprocess.list2cmdline")).toBe(wanted);
  });
});
