/**
 * `windlass completion SHELL` prints a script for the shell, which asks the hidden `windlass complete -- WORDS…` at each Tab.
 * That one answers quickly or not at all, and never says anything else.
 */
import { Argument, type Command } from "commander";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { type Candidate, complete, normalize } from "../completion/candidates.ts";
import { completionScripts, filesAnswer, type Shell, shells } from "../completion/scripts.ts";
import { headline } from "../display/experiment-table.ts";
import { type Io, writeLine } from "../program/io.ts";
import { connect } from "../connect/target.ts";

/** Longer than the local cluster takes, shorter than a person waits. */
const patienceMs = 1000;

/** Of the local cluster. Rejects where it does not run, or is too slow. */
async function listExperiments(io: Io): Promise<readonly Experiment[]> {
  const target = await connect(io, {});
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error("too late")), patienceMs).unref();
  });
  try {
    const list = target.client.list<Experiment>(ExperimentKind, { namespace: target.namespace });
    return (await Promise.race([list, late])).items;
  } finally {
    await target.close();
  }
}

/** The newest first; none where nobody answers. */
async function experimentNames(io: Io): Promise<readonly Candidate[]> {
  const found = await listExperiments(io).catch(() => []);
  const startOf = ({ metadata }: Experiment) => metadata.creationTimestamp ?? "";
  const names = found
    .toSorted((a, b) => startOf(b).localeCompare(startOf(a)))
    .map((one) => ({ value: one.metadata.name ?? "", description: headline(one) ?? "" }));
  return names.length > 0 ? [...names, { value: "latest", description: "the newest one" }] : [];
}

async function answer(io: Io, given: readonly string[], build: Build): Promise<void> {
  const { words, prefix } = normalize(given);
  const program = await build(words.slice(0, -1));
  const found = complete(program, words);
  if (found.kind === "files") return writeLine(io, filesAnswer);
  const candidates = found.kind === "words" ? found.words : await experimentNames(io);
  const typed = words.at(-1) ?? "";
  for (const { value, description } of candidates) {
    if (value.startsWith(typed)) writeLine(io, `${prefix}${value}\t${description.replaceAll(/\s+/g, " ")}`);
  }
}

/** The program with the commands that these words need, and no others. */
type Build = (words: readonly string[]) => Promise<Command>;

export function registerCompletion(program: Command, io: Io, build: Build): void {
  program
    .command("completion")
    .addArgument(new Argument("<shell>", "shell to print the script for").choices(shells))
    .description("print a shell script that completes commands, options and experiment names")
    .action((shell: Shell) => void io.stdout.write(completionScripts[shell]));
  program
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action((words: string[]) => answer(io, words, build));
}
