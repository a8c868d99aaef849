/** The shell of somebody who types what a page of the docs says: its folder, variables and functions last from block to block. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Block, Command } from "../../tools/doc-blocks.ts";
import { missingFrom } from "../../tools/doc-output.ts";
import { openTerminal } from "./terminal.ts";
import { eventually } from "../../src/testing/eventually.ts";

interface Printed {
  readonly status: number;
  readonly output: string;
}

/** A guard against hangs, not a measure. */
const patienceMs = 300_000;

/** In place of the shell that was there before; its state is written down again when it ends. */
const prologue = (state: string) => `. ${state}/env 2>/dev/null; cd "$(cat ${state}/cwd)"
trap 'status=$?; { export -p; declare -f; } > ${state}/env; pwd > ${state}/cwd; exit $status' EXIT
set -e
`;

export class DocSession {
  readonly #folder: string;
  readonly #state: string;
  readonly #env: NodeJS.ProcessEnv;

  /** `folder`: the project that the page is read in. */
  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#state = `${folder}.session`;
    this.#env = env;
    mkdirSync(this.#state);
    writeFileSync(join(this.#state, "cwd"), folder);
  }

  /** With `until`, the script and all that it started are ended when that is printed. */
  #shell(script: string, until?: string): Promise<Printed> {
    const child = spawn("bash", ["-c", `exec 2>&1\n${prologue(this.#state)}${script}`], {
      env: this.#env,
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      if (until !== undefined && output.includes(until) && child.pid) process.kill(-child.pid, "SIGTERM");
    });
    const guard = setTimeout(() => child.pid && process.kill(-child.pid, "SIGKILL"), patienceMs);
    return new Promise((resolve) => {
      child.once("close", (code) => {
        clearTimeout(guard);
        resolve({ status: code ?? -1, output });
      });
    });
  }

  async #succeed(script: string): Promise<string> {
    const { status, output } = await this.#shell(script);
    if (status !== 0) throw new Error(`exit status ${status} of\n${script}\n\n${output}`);
    return output.trim();
  }

  /** At a terminal, each command at the prompt that the one before it leaves: of this shell or of one in a pod. */
  async #type(commands: readonly Command[]): Promise<void> {
    const start = `. ${this.#state}/env 2>/dev/null; cd "$(cat ${this.#state}/cwd)"; PS1='$ ' exec bash --norc --noprofile`;
    const terminal = openTerminal(["bash", "-c", start], { env: this.#env });
    let from = 0;
    const untilPrompt = async (after: string) => {
      const shown = () => stripVTControlCharacters(terminal.output().slice(from)).replaceAll("\r", "");
      await eventually(() => /[#$] $/.test(shown()), `a prompt after "${after}"; so far: ${terminal.output()}`);
      return shown().split("\n").slice(1, -1);
    };
    await untilPrompt("the start");
    for (const { text, shown = [] } of commands) {
      from = terminal.output().length;
      terminal.type(`${text}\r`);
      const printed = await untilPrompt(text);
      if (missingFrom(printed, shown) !== undefined)
        throw new Error(`the page shows\n${shown.join("\n")}\n\nbut on the terminal was\n${printed.join("\n")}`);
    }
    terminal.close();
    await terminal.ended;
  }

  /** Does what the page says; throws with what was printed when that fails or differs from what the page shows. */
  async follow({ setup, words, action }: Block): Promise<void> {
    if (action.kind === "leave") return;
    if (setup) await this.#succeed(setup);
    const meanings = new Map<string, string>();
    for (const [word, command] of Object.entries(words)) meanings.set(word, await this.#succeed(command));
    const meant = (text: string) => text.replaceAll(/\b[A-Z_]+\b|\/[a-z]+\//g, (word) => meanings.get(word) ?? word);
    if (action.kind === "write") {
      const file = join(this.#folder, action.path);
      mkdirSync(dirname(file), { recursive: true });
      return writeFileSync(file, meant(action.text));
    }
    if (action.kind === "type")
      return this.#type(
        action.commands.map(({ text, shown }) => ({ text: meant(text), shown: shown?.map(meant) ?? [] })),
      );
    for (const command of action.commands) {
      const { status, output } = await this.#shell(meant(command.text), action.until);
      const isLast = command === action.commands.at(-1);
      const missing = command.shown && missingFrom(output.split("\n"), command.shown.map(meant));
      if (action.until === undefined && status !== (isLast ? action.status : 0))
        throw new Error(`exit status ${status} of\n${command.text}\n\n${output}`);
      if (action.until !== undefined && !output.includes(action.until))
        throw new Error(`"${action.until}" was not printed by\n${command.text}\n\n${output}`);
      if (missing !== undefined) throw new Error(`the page shows\n${missing}\n\nbut printed was\n${output}`);
    }
  }
}
