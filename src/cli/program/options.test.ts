/** Options of all commands: one value each, so that a name or a path behind them stays what it is. */
import { PassThrough } from "node:stream";
import type { Command } from "commander";
import { expect, test } from "vitest";
import type { Io } from "./io.ts";
import { buildProgram } from "../main.ts";

const io: Io = { stdout: new PassThrough(), stderr: new PassThrough(), isTTY: false, cwd: "/", env: {} };

const commandsOf = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(commandsOf)];

test("no option takes the words behind its value", async () => {
  const program = await buildProgram(io, ["node", "windlass"], () => {});
  const options = commandsOf(program).flatMap((command) =>
    command.options.map((option) => ({ option: `${command.name()} ${option.flags}`, isVariadic: option.variadic })),
  );
  expect(options.length).toBeGreaterThan(100);
  expect(options.filter(({ isVariadic }) => isVariadic)).toEqual([]);
});

test.each([
  ["run", ["-e", "A=1", "--env", "B=2", "folder"]],
  ["sweep", ["-e", "A=1", "-e", "B=2", "folder"]],
  ["rerun", ["-e", "A=1", "-e", "B=2", "folder"]],
])("%s: a name behind -e is the command's own", async (name, words) => {
  const program = await buildProgram(io, ["node", "windlass", name], () => {});
  const command = program.commands.find((each) => each.name() === name);
  command?.action(() => {});
  await program.parseAsync(["node", "windlass", name, ...words]);
  expect([command?.args, command?.opts()["env"]]).toEqual([["folder"], ["A=1", "B=2"]]);
});
