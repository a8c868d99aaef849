/** The logger that controllers get: structured fields, one JSON line an entry. */
import type { Logger as Pino } from "pino";

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

/** A Logger that writes through pino, which the caller configures (level, destination). */
export function pinoLogger(pino: Pino): Logger {
  return {
    info: (message, fields = {}) => pino.info(fields, message),
    warn: (message, fields = {}) => pino.warn(fields, message),
    error: (message, fields = {}) => pino.error(fields, message),
    debug: (message, fields = {}) => pino.debug(fields, message),
    child: (fields) => pinoLogger(pino.child(fields)),
  };
}

/** The message of anything thrown, with its causes, none said twice. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause === undefined) return error.message || error.name;
  const cause = errorText(error.cause);
  return error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
