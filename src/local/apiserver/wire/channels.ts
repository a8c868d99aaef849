/** Message-framed duplex channels: what exec, attach and portforward speak, over a WebSocket or within the process. */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { WebSocketChannel } from "../../../kube/transport.ts";

/** A queue that is read with `for await` and ends when closed. */
class MessageQueue implements AsyncIterable<Uint8Array> {
  #waiting: Uint8Array[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  push(message: Uint8Array): void {
    if (this.#closed) return;
    this.#waiting.push(message);
    this.#notify();
  }

  close(): void {
    this.#closed = true;
    this.#notify();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next) yield next;
      else if (this.#closed) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

/** Two ends of one channel within the process. */
export function channelPair(protocol: string): readonly [WebSocketChannel, WebSocketChannel] {
  const queues = [new MessageQueue(), new MessageQueue()] as const;
  const close = () => {
    for (const queue of queues) queue.close();
  };
  const end = (incoming: MessageQueue, outgoing: MessageQueue): WebSocketChannel => ({
    protocol,
    send: (message) => outgoing.push(message),
    messages: incoming,
    close,
  });
  return [end(queues[0], queues[1]), end(queues[1], queues[0])];
}

const pingMs = 30_000;

/** A server's WebSocket as a channel. Pings, so that a peer that vanished is noticed. */
export function channelOf(socket: WebSocket, protocol: string): WebSocketChannel {
  const messages = new MessageQueue();
  const ping = setInterval(() => socket.ping(), pingMs);
  socket.on("message", (data: Buffer) => messages.push(data));
  socket.on("close", () => {
    clearInterval(ping);
    messages.close();
  });
  socket.on("error", () => socket.terminate());
  return {
    protocol,
    send: (message) => {
      if (socket.readyState === socket.OPEN) socket.send(message);
    },
    messages,
    close: () => socket.close(1000),
  };
}

/** A bare connection as a channel: its messages are whatever pieces come. */
export function streamChannel(socket: Duplex, protocol: string): WebSocketChannel {
  const messages = new MessageQueue();
  socket.on("data", (data: Buffer) => messages.push(data));
  socket.on("close", () => messages.close());
  socket.on("error", () => socket.destroy());
  return {
    protocol,
    send: (message) => {
      if (socket.writable) socket.write(message);
    },
    messages,
    close: () => socket.end(),
  };
}
