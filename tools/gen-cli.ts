/** The reference page of the commands, written from the program's own help. */
import type { Command } from "commander";
import { buildProgram } from "../src/cli/main.ts";
import type { Io } from "../src/cli/program/io.ts";

/** A terminal of 100 columns that nobody looks at. */
const io: Io = { stdout: process.stdout, stderr: process.stderr, isTTY: false, cwd: "/", env: {} };

/** A command and those below it. */
function withParts(command: Command): readonly Command[] {
  const parts = command.createHelp().visibleCommands(command);
  return [command, ...parts.filter((part) => part.name() !== "help").flatMap(withParts)];
}

const nameOf = (command: Command): string =>
  command.parent?.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();

function page(command: Command): string {
  const help = command.createHelp();
  help.helpWidth = 100;
  const text = command
    .configureHelp({ ...command.configureHelp(), helpWidth: 100 })
    .helpInformation()
    .trimEnd();
  return `## windlass ${nameOf(command)}\n\n\`\`\`text\n${text}\n\`\`\`\n`;
}

/** Path below the project's root → content. */
export async function generate(): Promise<Readonly<Record<string, string>>> {
  const program = await buildProgram(io, [], () => {});
  const visible = program.createHelp().visibleCommands(program);
  const pages = visible
    .filter((command) => command.name() !== "help")
    .flatMap(withParts)
    .map(page);
  const head = "# Commands\n\nGenerated from the program's help; `windlass COMMAND --help` shows the same.\n";
  return { "docs/reference/cli.md": [head, ...pages].join("\n") };
}
