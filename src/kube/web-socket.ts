/** A WebSocket as a WebSocketChannel: what was received is kept until it is read, and the peer is held back when too much is. */
import type WebSocket from "ws";
import { failure, KubeError } from "./errors.ts";
import type { WebSocketChannel } from "./transport.ts";

/** Messages waiting to be read above which the socket is paused. */
const highWater = 256;

class Inbox {
  readonly #socket: WebSocket;
  readonly #messages: Uint8Array[] = [];
  #wake: () => void = () => {};
  #closed = false;
  #error: Error | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: Buffer) => {
      this.#messages.push(data);
      if (this.#messages.length > highWater) socket.pause();
      this.#wake();
    });
    socket.on("error", (error) => (this.#error = error));
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  async *read(): AsyncIterable<Uint8Array> {
    for (;;) {
      const next = this.#messages.shift();
      if (this.#socket.isPaused && this.#messages.length === 0) this.#socket.resume();
      if (next) yield next;
      else if (this.#closed) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#error) throw this.#error;
  }
}

/** Resolves once the socket is open; rejects with KubeError when the server answers something else. */
export function openChannel(socket: WebSocket, path: string, signal?: AbortSignal): Promise<WebSocketChannel> {
  const inbox = new Inbox(socket);
  signal?.addEventListener("abort", () => socket.terminate(), { once: true });
  if (signal?.aborted) socket.terminate();
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("unexpected-response", (request, response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("close", () => {
        reject(refusal(path, response.statusCode ?? 500, Buffer.concat(chunks).toString()));
        request.destroy();
      });
    });
    socket.once("open", () =>
      resolve({
        protocol: socket.protocol,
        // A send after the end is lost like any other; the end itself is told by `messages`.
        send: (message) => socket.send(message, () => {}),
        messages: inbox.read(),
        close: () => socket.close(),
      }),
    );
  });
}

function refusal(path: string, status: number, body: string): KubeError {
  try {
    const parsed = JSON.parse(body);
    if (parsed?.kind === "Status") return new KubeError(parsed);
  } catch {
    // Not a Status: quoted below.
  }
  return new KubeError(
    failure(status, "Unknown", `${path}: HTTP ${status} to a websocket upgrade: ${body.slice(0, 200)}`),
  );
}
