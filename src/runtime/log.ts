/** The logger that controllers get: structured fields, one line an entry. */

export type Fields = Readonly<Record<string, unknown>>;

export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  debug(message: string, fields?: Fields): void;
  /** A logger that adds `fields` to every entry. */
  child(fields: Fields): Logger;
}

export const silentLogger: Logger = {
  info() {},
  warn() {},
  error() {},
  debug() {},
  child: () => silentLogger,
};

/** The message of anything thrown, with its causes. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `: ${errorText(error.cause)}`;
  return error.message.includes(errorText(error.cause ?? "\0")) ? error.message : `${error.message}${cause}`;
}
