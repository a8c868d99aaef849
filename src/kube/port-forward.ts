/** Connections to a port of a pod through the API server's `portforward`: one WebSocket each, as every server takes it. */
import { once } from "node:events";
import type { Socket } from "node:net";
import { framed } from "./channel-frames.ts";
import type { Transport, WebSocketChannel } from "./transport.ts";

export interface PodPort {
  /** Of the pod's subresource `portforward`. */
  readonly path: string;
  readonly port: number;
}

const protocol = "v4.channel.k8s.io";
const dataChannel = 0;
/** How long an answer may take once the client has sent all it will: the end of its data cannot be passed on. */
const lingerMs = 30_000;

/** The first message on each of the two channels is the port's number. Throws Error with what the node says went wrong. */
async function copyTo(socket: Socket, channel: WebSocketChannel): Promise<void> {
  const seen = new Set<number>();
  for await (const message of channel.messages) {
    const number = message[0] ?? 0;
    const data = message.subarray(1);
    if (!seen.has(number)) seen.add(number);
    else if (number !== dataChannel) throw new Error(Buffer.from(data).toString());
    else if (!socket.destroyed && !socket.write(data))
      await Promise.race([once(socket, "drain"), once(socket, "close")]);
  }
}

/** Joins a client's connection to the port; resolves when either side has ended it. Rejects when the pod does not answer. */
export async function forwardConnection(transport: Transport, { path, port }: PodPort, socket: Socket): Promise<void> {
  if (!transport.connect) throw new TypeError("this transport has no connections");
  socket.pause();
  socket.on("error", () => socket.destroy());
  try {
    const query = { ports: String(port) };
    const channel = await transport.connect({ method: "GET", path, query }, [protocol]);
    socket.on("data", (data: Buffer) => channel.send(framed(dataChannel, data)));
    socket.on("end", () => socket.setTimeout(lingerMs, () => socket.destroy()));
    socket.on("close", () => channel.close());
    socket.resume();
    await copyTo(socket, channel).finally(() => channel.close());
    socket.end();
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
