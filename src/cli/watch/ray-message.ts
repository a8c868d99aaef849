/**
 * Messages that end with a log: Ray's about a failed command has up to 20,000 characters of it, an experiment's has the
 * last lines of a container. Whoever tells of them tells the two apart. Pure.
 */
import { splitLastLines } from "../../api/experiment/last-lines.ts";

const logBegins = /, last available logs \(truncated to [\d,]+ chars\):\s*/;

/** The message alone. */
export const withoutLog = (message: string): string =>
  splitLastLines(message.split(logBegins)[0] ?? "").message.trimEnd();

/** The lines of the log in it that are not empty; none in a message of anything else. */
export function logIn(message: string): readonly string[] {
  const [own = "", ...log] = message.split(logBegins);
  const lines = [...log.join("").split("\n"), ...splitLastLines(own).lines];
  return lines.filter((line) => line.trim() !== "");
}
