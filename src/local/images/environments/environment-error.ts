/** An environment that cannot be had, in words for the user. */
export class EnvironmentError extends Error {
  /** What the installer wrote, where one failed. */
  readonly output: string;

  constructor(message: string, { output = "", ...options }: ErrorOptions & { readonly output?: string } = {}) {
    super(message, options);
    this.name = "EnvironmentError";
    this.output = output;
  }
}
