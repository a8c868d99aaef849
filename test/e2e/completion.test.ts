/** Tab in real shells: commands, options, names of experiments, names of files. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTerminal } from "./terminal.ts";
import { programFile, shellManifest, Windlass } from "./windlass.ts";

/** Ctrl-U. */
const eraseLine = "\u0015";

let windlass: Windlass;
let env: NodeJS.ProcessEnv;
let folder: string;
let name: string;

/** `windlass` on the PATH, as an installation puts it there. */
beforeAll(async () => {
  windlass = new Windlass();
  folder = windlass.project(shellManifest("true"), { "data.txt": "" });
  const bin = join(windlass.home, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "windlass"), `#!/bin/sh\nexec '${process.execPath}' '${programFile}' "$@"\n`);
  chmodSync(join(bin, "windlass"), 0o755);
  env = { ...windlass.env, PATH: `${bin}:${process.env["PATH"]}`, PS1: "$ " };
  name = (await windlass.run("run", "-d", folder)).stdout.trim();
});
afterAll(() => windlass.stop());

const answer = (...words: readonly string[]) =>
  spawnSync("windlass", ["complete", "--", ...words], { env, cwd: folder, encoding: "utf8" });

describe("what may come next", () => {
  test("names of experiments of the local cluster, with what they are about", () => {
    expect(
      answer("get", "")
        .stdout.split("\n")
        .map((line) => line.split("\t")[0]),
    ).toEqual([name, "latest", ""]);
  });
  test("is nothing, silently, where no local cluster runs", () => {
    const elsewhere = { ...env, XDG_STATE_HOME: join(folder, "no-state") };
    const { stdout, stderr, status } = spawnSync("windlass", ["complete", "--", "get", ""], {
      env: elsewhere,
      encoding: "utf8",
    });
    expect([stdout, stderr, status]).toEqual(["", "", 0]);
  });
});

describe.each([
  ["bash", ["bash", "--norc", "--noprofile", "-i"], "source <(windlass completion bash)\r"],
  ["zsh", ["zsh", "-f", "-i"], "autoload -Uz compinit && compinit -u -D && source <(windlass completion zsh)\r"],
  ["fish", ["fish", "--no-config", "-i"], "windlass completion fish | source\r"],
] as const)("%s", (_, shell, setUp) => {
  test("completes a command, an option, an experiment and a file", async () => {
    const terminal = openTerminal(shell, { env, cwd: folder, columns: 200 });
    terminal.type(setUp);
    terminal.type("echo re''ady\r");
    await terminal.shows("ready");
    terminal.type("windlass vali\t");
    await terminal.shows("validate");
    terminal.type("dat\t");
    await terminal.shows("data.txt");
    terminal.type(eraseLine);
    terminal.type("windlass list --out\t");
    await terminal.shows("--output");
    terminal.type(eraseLine);
    terminal.type(`windlass get ${name.slice(0, 13)}\t`);
    await terminal.shows(name);
    terminal.type(eraseLine);
    terminal.close();
    await terminal.ended;
  });
});
