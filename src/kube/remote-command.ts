/** A command run in a container through the API server's `exec`, with its streams, the size of its terminal and its end. */
import { exitStatusOf, framed, lostConnection, streams } from "./channel-frames.ts";
import type { Transport } from "./transport.ts";

export interface CommandRequest {
  /** Of the pod's subresource `exec`. */
  readonly path: string;
  readonly container?: string;
  readonly command: readonly string[];
  readonly tty: boolean;
  /** Called with output as it comes; what it returns is awaited before more is read. */
  readonly output: (stream: "stdout" | "stderr", data: Uint8Array) => Promise<void> | void;
  readonly signal?: AbortSignal;
}

export interface RemoteCommand {
  write(data: Uint8Array): void;
  endInput(): void;
  resize(columns: number, rows: number): void;
  /** Its exit status. Rejects with KubeError when it cannot be run, or the connection is lost. */
  readonly ended: Promise<number>;
}

/** The newest first: only with it can the input be ended. */
const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

export async function startRemoteCommand(transport: Transport, request: CommandRequest): Promise<RemoteCommand> {
  const { path, container, command, tty, output, signal } = request;
  if (!transport.connect) throw new TypeError("this transport has no connections");
  const query = {
    command,
    stdin: "true",
    stdout: "true",
    ...(tty ? { tty: "true" } : { stderr: "true" }),
    ...(container && { container }),
  };
  const channel = await transport.connect({ method: "GET", path, query, signal }, protocols);
  const read = async (): Promise<number> => {
    for await (const message of channel.messages) {
      const data = message.subarray(1);
      if (message[0] === streams.error) return exitStatusOf(data);
      if (data.length === 0) continue;
      if (message[0] === streams.stdout) await output("stdout", data);
      else if (message[0] === streams.stderr) await output("stderr", data);
    }
    throw lostConnection(path);
  };
  return {
    write: (data) => channel.send(framed(streams.stdin, data)),
    endInput: () => {
      if (channel.protocol === protocols[0]) channel.send(Uint8Array.of(streams.close, streams.stdin));
    },
    resize: (columns, rows) =>
      channel.send(framed(streams.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows })))),
    ended: read().finally(() => channel.close()),
  };
}
