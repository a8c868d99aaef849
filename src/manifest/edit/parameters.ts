/** How the parameters of a trial reach the program: placeholders in the command, arguments, variables. Pure. */
import { quote, words } from "../../machinery/shell-words.ts";
import { appendArguments, mapCommand } from "./edit-text.ts";

type Parameters = Readonly<Record<string, string>>;

export const parameterName = /^[A-Za-z_][\w.-]*$/;

/** `{lr}`, but not the shell's own `${lr}`. */
const placeholder = (name: string) => new RegExp(`(?<!\\$)\\{${name.replaceAll(".", "\\.")}\\}`, "g");

/** Puts each value in the place of its `{NAME}`, quoted for the shell; appends `--NAME=VALUE` for the others, if asked to. */
export function applyParameters(manifest: string, parameters: Parameters, appends: boolean): string {
  const left = new Map(Object.entries(parameters));
  const filled = mapCommand(manifest, (command) => {
    let text = command;
    for (const [name, value] of left) {
      const found = text.replaceAll(placeholder(name), () => quote(value));
      if (found !== text) left.delete(name);
      text = found;
    }
    return text;
  });
  return appends
    ? appendArguments(
        filled,
        [...left].map(([name, value]) => `--${name}=${value}`),
      )
    : filled;
}

/** `lr` as `WINDLASS_PARAM_LR`. */
export const parameterEnv = (parameters: Parameters): Parameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [
      `WINDLASS_PARAM_${name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, "_")}`,
      value,
    ]),
  );

/** `lr=1e-3 seed=0`. */
export const formatParameters = (parameters: Parameters): string =>
  words(Object.entries(parameters).map(([name, value]) => `${name}=${value}`));
