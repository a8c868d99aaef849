/** How an experiment's message carries the last lines of a log: after a mark, so that whoever tells of it can tell them apart. Pure. */

const mark = ", last lines:\n";
const mostLines = 20;
const mostCharacters = 2000;

/** A sentence and the log that goes with it; the end of a long one. */
export const appendLog = (message: string, lines: readonly string[]): string =>
  message + mark + lines.slice(-mostLines).join("\n").slice(-mostCharacters);

/** What a container left as its last word: one line belongs to the sentence, several are a log. */
export function addLastLines(message: string, said: string | undefined): string {
  const lines = (said ?? "")
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  const [first] = lines;
  if (first === undefined) return message;
  return lines.length === 1 ? `${message}: ${first.trim().slice(-mostCharacters)}` : appendLog(message, lines);
}

/** The message before its log, and the log's lines. */
export function splitLastLines(message: string): { readonly message: string; readonly lines: readonly string[] } {
  const at = message.indexOf(mark);
  if (at < 0) return { message, lines: [] };
  return { message: message.slice(0, at), lines: message.slice(at + mark.length).split("\n") };
}
