/**
 * The output of a container as true pipes. What Node makes for a child are sockets, which a program cannot open again
 * by name: `echo >/dev/stderr` fails on them.
 */
import { closeSync, constants, mkdirSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { command } from "./processes.ts";

export interface OutputPipes {
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** For the child. Close them here with `release` once it runs: the streams end when no writer is left. */
  readonly writers: readonly [number, number];
  release(): void;
}

function openPipe(path: string): { readonly stream: Socket; readonly writer: number } {
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  return { stream: new Socket({ fd: reader, readable: true, writable: false }), writer };
}

export async function makePipes(folder: string): Promise<OutputPipes> {
  mkdirSync(folder, { recursive: true });
  const paths = ["stdout", "stderr"].map((name) => join(folder, `${name}.pipe`));
  for (const path of paths) rmSync(path, { force: true });
  await command("mkfifo", "-m", "600", ...paths);
  const [out, err] = paths.map(openPipe) as [ReturnType<typeof openPipe>, ReturnType<typeof openPipe>];
  for (const path of paths) rmSync(path);
  return {
    stdout: out.stream,
    stderr: err.stream,
    writers: [out.writer, err.writer],
    release: () => [out.writer, err.writer].forEach((fd) => closeSync(fd)),
  };
}
