/** The words of a command line before and after `--`: the command's own, and those for the user's program. */
import type { Command } from "commander";

export interface Operands {
  readonly own: readonly string[];
  /** Empty when there is no `--`. */
  readonly behind: readonly string[];
}

/** `operands`: all words that are no options; `line`: the whole command line. Pure. */
export function splitOperands(operands: readonly string[], line: readonly string[]): Operands {
  const at = line.indexOf("--");
  const count = at < 0 ? 0 : line.length - at - 1;
  return { own: operands.slice(0, operands.length - count), behind: operands.slice(operands.length - count) };
}

function lineOf(command: Command): readonly string[] {
  // Kept by the parser for the program as a whole, though its types do not say so.
  return command.parent ? lineOf(command.parent) : ((command as Command & { rawArgs?: string[] }).rawArgs ?? []);
}

const exampleOf = (command: Command, own: readonly string[], most: number): string =>
  ["windlass", command.name(), ...own.slice(0, most), "--", ...own.slice(most)].join(" ");

/** Ends the command with a usage error when more than `most` words stand before `--`. */
export function operandsOf(command: Command, most: number): Operands {
  const found = splitOperands(command.args, lineOf(command));
  const extra = found.own[most];
  if (extra !== undefined)
    command.error(
      `error: unexpected argument "${extra}"; put arguments for the program after --: \`${exampleOf(command, found.own, most)}\``,
      { exitCode: 1 },
    );
  return found;
}
