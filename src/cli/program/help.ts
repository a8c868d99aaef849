/** The program's own help: commands in groups, by what a person wants, and what to type where a name is missing. */
import { type Command, Help } from "commander";
import { asCalled } from "./called-as.ts";
import type { Io } from "./io.ts";

const ofProgram = "This program:";

const groups: Readonly<Record<string, readonly string[]>> = {
  "Run:": ["init", "run", "rerun", "sweep", "cancel"],
  "See what happens:": ["list", "get", "why", "logs", "events", "top", "label"],
  "Results:": ["outputs", "compare", "open"],
  "Reach into a pod:": ["shell", "exec", "port-forward"],
  "Manifests:": ["validate", "plan", "migrate", "schema"],
  "Clean up:": ["delete", "prune"],
  "The local cluster:": ["up", "down", "status", "kubeconfig"],
  "A Kubernetes cluster:": ["install", "operator"],
  [ofProgram]: ["completion", "help"],
};

const order = Object.values(groups).flat();
const placeOf = (command: Command) => order.indexOf(command.name());

function inOrder(command: Command): Command[] {
  const visible = new Help().visibleCommands(command);
  return command.parent ? visible : visible.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** Groups stand in the order in which their first commands were registered. */
export function groupCommands(program: Command, io: Io): void {
  for (const [heading, names] of Object.entries(groups)) {
    for (const command of program.commands.filter((one) => names.includes(one.name()))) command.helpGroup(heading);
  }
  program
    .configureHelp({
      visibleCommands: inOrder,
      subcommandTerm: (command) => [command.name(), ...command.aliases()].join(", "),
    })
    .commandsGroup(ofProgram)
    .helpCommand("help", "show this, or the help of a command")
    .addHelpText("after", () =>
      asCalled(io, `\nNew here? \`windlass init\` writes a manifest for a folder, \`windlass run\` runs it.`),
    );
}

const allOf = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(allOf)];
const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

/** Commands that need the name of an experiment or of a sweep tell a person who left it out which names there are. */
export function adviseOnNames(program: Command, io: Io): void {
  for (const command of allOf(program)) {
    const [first] = command.registeredArguments;
    if (first?.name() !== "name") continue;
    const list = first.description.startsWith("sweep") ? "windlass sweep list" : "windlass list";
    const advice = `  \`${pathOf(command)} latest\` takes the newest; \`${list}\` shows the names\n`;
    command.configureOutput({
      outputError: (text, write) =>
        write(text.includes("missing required argument 'name'") ? text + asCalled(io, advice) : text),
    });
  }
}
