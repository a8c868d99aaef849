/**
 * Where the local cluster's own log goes. Unlike pino's destination, which tries a full disk again and again with
 * everything else standing still, it drops what cannot be written: the cluster lives on, its log has a gap.
 */
import { writeSync } from "node:fs";

export interface LogDestination {
  write(line: string): void;
}

/** Writes whole lines to `fd` at once. After a gap the next line starts on a line of its own. */
export function logDestination(fd: number): LogDestination {
  let isWhole = true;
  return {
    write(line) {
      const data = Buffer.from(isWhole ? line : `\n${line}`);
      isWhole = false;
      try {
        for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
        isWhole = true;
      } catch {
        // The line, or the rest of it, is lost.
      }
    },
  };
}
