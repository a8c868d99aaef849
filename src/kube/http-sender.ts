/**
 * Sends HTTP(S) requests through a pool of connections of Node's own client, which is there when a command starts: a
 * package would have to be loaded first. Limits how long a server may be silent; retries nothing.
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { AgentOptions } from "node:https";
import type { Socket } from "node:net";

// An import would read every export, and Node loads a second client for some of them: a third of a command's start.
const http = process.getBuiltinModule("node:http");
const https = process.getBuiltinModule("node:https");

export interface Sending {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly signal?: AbortSignal;
}

/** Milliseconds. */
export interface Silence {
  readonly connect: number;
  /** Before the headers of an answer. */
  readonly headers: number;
  /** Between two pieces of an answer; 0: as long as it likes. */
  readonly body: number;
}

export interface Sender {
  /** Resolves with the headers; the answer is to be read to its end, or destroyed. Rejects with Node's errors, or the signal's reason. */
  send(url: string, sending: Sending): Promise<IncomingMessage>;
  close(): void;
}

function limitConnecting(request: ClientRequest, socket: Socket, ms: number): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => request.destroy(new Error(`no connection within ${ms / 1000} s`)), ms);
  const stop = () => clearTimeout(timer);
  socket.once("encrypted" in socket ? "secureConnect" : "connect", stop).once("close", stop);
}

/** `maxSockets`: connections at once; the rest waits for a free one. */
export function createSender(isSecure: boolean, options: AgentOptions, silence: Silence): Sender {
  const agent = isSecure
    ? new https.Agent({ ...options, keepAlive: true })
    : new http.Agent({ maxSockets: options.maxSockets, keepAlive: true });
  const open = isSecure ? https.request : http.request;
  return {
    send: (url, { method, headers, body, signal }) =>
      new Promise((resolve, reject) => {
        // Node itself tells no length of what a DELETE carries.
        const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
        const request = open(url, { method, headers: { ...headers, ...length }, signal, agent });
        request.on("error", (error) => reject(signal?.aborted ? (signal.reason as Error) : error));
        request.on("socket", (socket) => limitConnecting(request, socket, silence.connect));
        request.on("timeout", () => request.destroy(new Error("the server has gone silent")));
        request.setTimeout(silence.headers);
        request.on("response", (response) => {
          request.setTimeout(silence.body);
          resolve(response);
        });
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}
