/** What may come next on a command line, by the program's own commands, options and arguments. Pure. */
import type { Argument, Command, Option } from "commander";

export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What stands where the last word is typed. */
export type Completion =
  | { readonly kind: "words"; readonly words: readonly Candidate[] }
  /** Names of experiments. */
  | { readonly kind: "experiments" }
  /** Names of files: the shell knows them. */
  | { readonly kind: "files" };

const takesValue = ({ required, optional }: Option) => required || optional;

function findOption({ options }: Command, word: string): Option | undefined {
  const [name = ""] = word.split("=");
  return options.find(({ long, short }) => name === long || name === short);
}

function valuesOf({ argChoices }: Option): Completion {
  if (!argChoices) return { kind: "files" };
  return { kind: "words", words: argChoices.map((value) => ({ value, description: "" })) };
}

function optionsOf(command: Command): Completion {
  const options = command.createHelp().visibleOptions(command);
  const words = options.flatMap(({ long, description }) => (long ? [{ value: long, description }] : []));
  return { kind: "words", words };
}

/** An argument whose description begins with the word is a name of one. */
const isExperiment = ({ description }: Argument) => description.startsWith("experiment");

/** Words that are neither options nor values of them. */
function operands(command: Command, words: readonly string[]): readonly string[] {
  return words.filter((word, at) => {
    if (word.startsWith("-")) return false;
    const before = findOption(command, words[at - 1] ?? "");
    return !before || !takesValue(before) || (words[at - 1] ?? "").includes("=");
  });
}

function argumentOf(command: Command, place: number): Completion {
  const known = command.registeredArguments;
  const last = known.at(-1);
  const argument = known[place] ?? (last?.variadic ? last : undefined);
  if (!argument) return { kind: "words", words: [] };
  if (argument.argChoices)
    return { kind: "words", words: argument.argChoices.map((value) => ({ value, description: "" })) };
  return { kind: isExperiment(argument) ? "experiments" : "files" };
}

export interface Typed {
  readonly words: readonly string[];
  /** What the shell takes for a part of the last word. */
  readonly prefix: string;
}

/** `--output=j` as two words; bash makes three of it. */
export function normalize(given: readonly string[]): Typed {
  const typed = given.at(-1) ?? "";
  const words = given.slice(0, -1).filter((word) => word !== "=");
  if (typed === "=") return { words: [...words, ""], prefix: "" };
  const [, option, value = ""] = /^(--[a-z-]+)=(.*)$/s.exec(typed) ?? [];
  return option ? { words: [...words, option, value], prefix: `${option}=` } : { words: [...words, typed], prefix: "" };
}

/** `words` follow the program's name; the last one, maybe empty, is being typed. */
export function complete(program: Command, words: readonly string[]): Completion {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const commands = program.createHelp().visibleCommands(program);
  const [name] = operands(program, before);
  if (name === undefined) {
    if (typed.startsWith("-")) return optionsOf(program);
    return { kind: "words", words: commands.map((one) => ({ value: one.name(), description: one.description() })) };
  }
  const command = commands.find((one) => name === one.name() || one.aliases().includes(name));
  if (!command) return { kind: "words", words: [] };
  const option = findOption(command, before.at(-1) ?? "");
  if (option && takesValue(option)) return valuesOf(option);
  return typed.startsWith("-") ? optionsOf(command) : argumentOf(command, operands(command, before).length - 1);
}
