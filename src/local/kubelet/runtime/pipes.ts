/**
 * The output of a container as true pipes. What Node makes for a child are sockets, which a program cannot open again
 * by name: `echo >/dev/stderr` fails on them. `mkfifo` makes many at a time: to start a process takes longer than they do.
 */
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "./processes.ts";

export interface OutputPipes {
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** For the child. Close them here with `release` once it runs: the streams end when no writer is left. */
  readonly writers: readonly [number, number];
  release(): void;
}

/** Descriptors of both ends. */
interface Pipe {
  readonly reader: number;
  readonly writer: number;
}

/** Enough for the containers of a small experiment. */
const pipesAtOnce = 32;

function openPipe(path: string): Pipe {
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  return { reader, writer };
}

const readable = ({ reader }: Pipe) => new Socket({ fd: reader, readable: true, writable: false });

/** Open pipes that nobody uses yet. Without names: nothing of them is left when this process ends. */
export class PipeStock {
  readonly #pipes: Pipe[] = [];
  #filling: Promise<void> | undefined;

  async take(): Promise<OutputPipes> {
    while (this.#pipes.length < 2) {
      this.#filling ??= this.#fill().finally(() => (this.#filling = undefined));
      await this.#filling;
    }
    const [out, err] = this.#pipes.splice(0, 2) as [Pipe, Pipe];
    const writers = [out.writer, err.writer] as const;
    return {
      stdout: readable(out),
      stderr: readable(err),
      writers,
      release: () => writers.forEach((fd) => closeSync(fd)),
    };
  }

  close(): void {
    for (const { reader, writer } of this.#pipes.splice(0)) for (const fd of [reader, writer]) closeSync(fd);
  }

  async #fill(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "windlass-pipes-"));
    const paths = Array.from({ length: pipesAtOnce }, (_, number) => join(folder, String(number)));
    try {
      await command("mkfifo", "-m", "600", ...paths);
      this.#pipes.push(...paths.map(openPipe));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}
