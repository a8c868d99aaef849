/** Ray's message about a failed command ends with up to 20,000 characters of its log: whoever tells of it tells them apart. Pure. */

const logBegins = /, last available logs \(truncated to [\d,]+ chars\):\s*/;

/** The message alone. */
export const withoutLog = (message: string): string => message.split(logBegins)[0]?.trimEnd() ?? "";

/** The lines of the log in it that are not empty; none in a message of anything else. */
export const logIn = (message: string): readonly string[] => {
  const [, ...log] = message.split(logBegins);
  return log
    .join("")
    .split("\n")
    .filter((line) => line.trim() !== "");
};
