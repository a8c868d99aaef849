/** A person at a shell: a real bash on a real terminal, where commands are typed and read one after the other. */
import { stripVTControlCharacters } from "node:util";
import { openTerminal, type Terminal, type TerminalOptions } from "./terminal.ts";

const prompt = "newcomer$ ";

export interface ShellSession extends Terminal {
  /** Types a command line without waiting for its end. */
  begin(line: string): void;
  /** Waits for the next prompt; answers what was shown since the last command was typed, without colours. */
  prompt(): Promise<string>;
  /** Both: types a command line and answers what it showed. */
  command(line: string): Promise<string>;
}

/** Wide, so that no line which a test looks for is wrapped. */
export async function openShell(options: Omit<TerminalOptions, "columns">): Promise<ShellSession> {
  const bash = ["env", `PS1=${prompt}`, "bash", "--norc", "--noprofile"];
  const terminal = openTerminal(bash, { ...options, columns: 200 });
  let typedAt = 0;
  const begin = (line: string) => {
    typedAt = terminal.output().length;
    terminal.type(`${line}\r`);
  };
  const untilPrompt = async () => {
    await terminal.shows(prompt);
    return stripVTControlCharacters(terminal.output().slice(typedAt));
  };
  await untilPrompt();
  const command = (line: string) => {
    begin(line);
    return untilPrompt();
  };
  return { ...terminal, begin, prompt: untilPrompt, command };
}
