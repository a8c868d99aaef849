/** An error whose message is for the person at the terminal: what happened, where, and what to do about it. */

export interface UserErrorOptions extends ErrorOptions {
  /** What to do about it, as a sentence or a command. */
  readonly remedy?: string;
  /** Process exit status; 1 when absent. */
  readonly exitStatus?: number;
}

export class UserError extends Error {
  /** Stable, UPPER_SNAKE: listed in docs/reference/errors.md. */
  readonly code: string;
  readonly exitStatus: number;
  readonly remedy?: string;

  constructor(code: string, message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "UserError";
    this.code = code;
    this.exitStatus = options.exitStatus ?? 1;
    this.remedy = options.remedy;
  }

  /** Keeps the error that led to this one. */
  because(cause: unknown): this {
    this.cause = cause;
    return this;
  }
}
