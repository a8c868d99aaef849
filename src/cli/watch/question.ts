/** The question that Ctrl-C brings up. Asked only where a person sees it and can answer: on a terminal. */
import { closeSync, openSync } from "node:fs";
import { ReadStream } from "node:tty";

export type Answer = "continue" | "detach" | "cancel";

/** Asks; `undefined` when `signal` aborts before there is an answer. */
export type Question = (signal: AbortSignal) => Promise<Answer | undefined>;

/** The terminal's own keys, also where stdin is a pipe or closed. */
function openKeyboard(): ReadStream | undefined {
  try {
    const fd = openSync("/dev/tty", "r");
    try {
      return new ReadStream(fd);
    } catch {
      closeSync(fd);
    }
  } catch {
    // No terminal.
  }
  return undefined;
}

async function ask(signal: AbortSignal, input: NodeJS.ReadStream, output: NodeJS.WriteStream) {
  // Loaded for the question only: it would be a tenth of every command's start.
  const { isCancel, select } = await import("@clack/prompts");
  const answer = await select<Answer>({
    message: "The experiment is still running.",
    options: [
      { value: "continue", label: "keep watching" },
      { value: "detach", label: "detach", hint: "it continues in the background" },
      { value: "cancel", label: "cancel it" },
    ],
    input,
    output,
    signal,
  });
  if (signal.aborted) return undefined;
  return isCancel(answer) ? "cancel" : answer;
}

/** How to ask the person at this process's terminal; undefined when there is none. */
export function findQuestion(): Question | undefined {
  const output = [process.stdout, process.stderr].find((stream) => stream.isTTY);
  if (!output) return undefined;
  if (process.stdin.isTTY) return (signal) => ask(signal, process.stdin, output);
  const keyboard = openKeyboard();
  if (!keyboard) return undefined;
  return (signal) => ask(signal, keyboard, output).finally(() => keyboard.destroy());
}
