import { Command, Option } from "commander";
import { expect, test } from "vitest";
import { complete, normalize } from "./candidates.ts";

const program = new Command("windlass").version("1");
program
  .command("run")
  .argument("[manifest]", "manifest file")
  .option("--source <folder>", "folder")
  .option("-d, --detach", "go");
program
  .command("list")
  .alias("ls")
  .addOption(new Option("-o, --output <format>", "how").choices(["json", "table"]));
program.command("get").argument("<name>", "experiment: its name");
program.command("compare").argument("<names...>", "experiments");
program.command("hidden", { hidden: true });

const shown = (...words: readonly string[]) => {
  const found = complete(program, words);
  return found.kind === "words" ? found.words.map(({ value }) => value) : found.kind;
};

test.each<[words: readonly string[], wanted: unknown]>([
  [[""], ["run", "list", "get", "compare", "help"]],
  [["-"], ["--version", "--help"]],
  [["run", ""], "files"],
  [["run", "a.yaml", ""], []],
  [
    ["run", "--"],
    ["--source", "--detach", "--help"],
  ],
  [["run", "--source", ""], "files"],
  [["run", "--detach", ""], "files"],
  [["run", "--source", "x", ""], "files"],
  [
    ["list", "-o", ""],
    ["json", "table"],
  ],
  [
    ["ls", "--output", "j"],
    ["json", "table"],
  ],
  [["get", ""], "experiments"],
  [["get", "a", ""], []],
  [["compare", "a", "b", ""], "experiments"],
  [["nonsense", ""], []],
])("after %j come %j", (words, wanted) => expect(shown(...words)).toEqual(wanted));

test.each([
  [["list", "--output=j"], ["list", "--output", "j"], "--output="],
  [["list", "--output", "=", "j"], ["list", "--output", "j"], ""],
  [["list", "--output", "="], ["list", "--output", ""], ""],
  [["get", "a"], ["get", "a"], ""],
])("%j are the words %j", (given, words, prefix) => expect(normalize(given)).toEqual({ words, prefix }));
