/** An error that trying again cannot mend: logged and counted, not retried (controller-runtime's TerminalError). */
export class TerminalError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TerminalError";
  }
}
