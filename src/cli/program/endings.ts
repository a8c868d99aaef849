/**
 * What ends a command from outside: a signal, a terminal that is closed, a reader that goes away (`| head -1`). Without
 * a listener the process ends as any other program does; a listener decides itself. Decides nothing about experiments.
 */
import { constants } from "node:os";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** SIGPIPE stands for a reader that went away: Node reports it as a failed write. */
export type Ending = (typeof signals)[number] | "SIGPIPE";

export interface Endings {
  /**
   * From now on endings are told to `handler` instead of ending the process; the same one may come several times. Returns
   * its removal.
   */
  listen(handler: (ending: Ending) => void): () => void;
}

/** As a shell reports a program that the signal ended. */
export const statusOfEnding = (ending: Ending): number => 128 + constants.signals[ending];

const endingOfWrite: Readonly<Record<string, Ending>> = { EPIPE: "SIGPIPE", EIO: "SIGHUP" };

/** The endings of this process. Failed writes to `streams` count from now on, signals while somebody listens. */
export function processEndings(streams: readonly NodeJS.WritableStream[]): Endings {
  let listener: ((ending: Ending) => void) | undefined;
  const deliver = (ending: Ending) => {
    if (!listener) process.exit(statusOfEnding(ending));
    listener(ending);
  };
  for (const stream of streams) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      const ending = endingOfWrite[error.code ?? ""];
      if (ending) deliver(ending);
    });
  }
  return {
    listen(handler) {
      listener = handler;
      for (const signal of signals) process.on(signal, deliver);
      return () => {
        listener = undefined;
        for (const signal of signals) process.off(signal, deliver);
      };
    },
  };
}
