/**
 * Joins this process's streams to a command in a container. On a terminal every key goes there, Ctrl-C too, and its
 * size with them; the terminal is put back whatever happens.
 */
import { once } from "node:events";
import type { Transport } from "../../kube/transport.ts";
import { type CommandRequest, type RemoteCommand, startRemoteCommand } from "../../kube/remote-command.ts";
import type { Io } from "../program/io.ts";

type Input = NodeJS.ReadStream;

/** Hands the input on; returns how to stop. */
function feed(input: Input, command: RemoteCommand, tty: boolean): () => void {
  const write = (data: Buffer) => command.write(data);
  const end = () => command.endInput();
  if (tty) input.setRawMode(true);
  input.on("data", write);
  input.on("end", end);
  input.resume();
  return () => {
    input.off("data", write);
    input.off("end", end);
    if (tty) input.setRawMode(false);
    input.pause();
  };
}

/** Keeps the size of the remote terminal that of this one; returns how to stop. */
function followSize(output: NodeJS.WriteStream, command: RemoteCommand): () => void {
  const tell = () => command.resize(output.columns, output.rows);
  tell();
  output.on("resize", tell);
  return () => output.off("resize", tell);
}

export type Joined = Omit<CommandRequest, "output">;

/** Resolves with the command's exit status. Rejects with KubeError when it cannot be run, or the connection is lost. */
export async function joinCommand(io: Io, transport: Transport, request: Joined, input: Input): Promise<number> {
  const command = await startRemoteCommand(transport, {
    ...request,
    output: async (stream, data) => {
      if (!io[stream].write(data)) await once(io[stream], "drain");
    },
  });
  const stops = [
    feed(input, command, request.tty),
    ...(request.tty ? [followSize(io.stdout as NodeJS.WriteStream, command)] : []),
  ];
  try {
    return await command.ended;
  } finally {
    for (const stop of stops) stop();
  }
}
