/** The HTTP(S) face of the server: bytes to requests, answers to bytes, upgrades to streams. Knows nothing of kinds. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { failure, KubeError } from "../../../kube/errors.ts";
import type { ApiRequest, Method } from "../../../kube/transport.ts";
import { type HandlerResponse, json } from "./response.ts";
import { authenticate } from "./authenticate.ts";
import { parseBody, readBody } from "./body.ts";
import { respond } from "./respond.ts";

export interface ListenOptions {
  /** 0: any free one. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** PEM. Absent: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Absent: no authentication. */
  readonly token?: string;
  /** Hears of errors that are the server's own fault. */
  readonly onError?: (error: unknown) => void;
}

export interface Listener {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** What answers. `upgrade` takes the connection over, or throws KubeError. */
export interface Served {
  handle(request: ApiRequest): Promise<HandlerResponse>;
  /** Whether the body goes through as it comes (proxies). */
  isStreamed(request: ApiRequest): boolean;
  upgrade(
    request: ApiRequest,
    connection: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  ): Promise<void>;
}

function queryOf(search: URLSearchParams): Record<string, string | readonly string[]> {
  const query: Record<string, string | readonly string[]> = {};
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name);
    query[name] = values.length === 1 ? (values[0] as string) : values;
  }
  return query;
}

/** A request without its body. */
function headOf(request: IncomingMessage, signal?: AbortSignal): ApiRequest {
  const [path = "/", ...search] = (request.url ?? "/").split("?");
  const { "content-type": contentType, accept } = request.headers;
  return {
    method: (request.method ?? "GET") as Method,
    path,
    query: queryOf(new URLSearchParams(search.join("?"))),
    headers: request.headers as Record<string, string>,
    ...(contentType && { contentType }),
    ...(accept && { accept }),
    ...(signal && { signal }),
  };
}

/** Anything thrown, as the Status it is or a 500 that tells nothing of the inside. */
function statusOf(error: unknown, onError: ListenOptions["onError"]) {
  if (error instanceof KubeError) return error.status;
  onError?.(error);
  return failure(500, "InternalError", `Internal error occurred: ${(error as Error).message}`);
}

async function serve(
  served: Served,
  options: ListenOptions,
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const { request, response } = exchange;
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    authenticate(request, options.token);
    const head = headOf(request, gone.signal);
    const streamed = served.isStreamed(head);
    const hasBody = request.method !== "GET" && request.method !== "HEAD";
    const body = streamed ? request : hasBody ? parseBody(await readBody(request), head.contentType) : undefined;
    await respond(response, await served.handle({ ...head, body }), head.accept);
  } catch (error) {
    const status = statusOf(error, options.onError);
    if (response.headersSent) return void response.destroy();
    if (status.details?.retryAfterSeconds) response.setHeader("retry-after", status.details.retryAfterSeconds);
    // What is left of a body nobody reads would keep the connection: close it with the answer.
    if (!request.complete) response.setHeader("connection", "close");
    await respond(response, json(status, status.code));
  }
}

async function upgrade(
  served: Served,
  options: ListenOptions,
  connection: { readonly request: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
): Promise<void> {
  const { request, socket } = connection;
  socket.on("error", () => socket.destroy());
  try {
    authenticate(request, options.token);
    await served.upgrade(headOf(request), connection);
  } catch (error) {
    const status = statusOf(error, options.onError);
    const text = JSON.stringify(status);
    socket.end(
      `HTTP/1.1 ${status.code} ${status.reason ?? "Error"}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
  }
}

export async function listen(served: Served, options: ListenOptions): Promise<Listener> {
  const { host = "127.0.0.1", port = 0, tls } = options;
  const onRequest = (request: IncomingMessage, response: ServerResponse) =>
    void serve(served, options, { request, response });
  const server = tls ? createTlsServer(tls, onRequest) : createServer(onRequest);
  server.keepAliveTimeout = 120_000;
  // Uploads through a proxy may take as long as they take.
  server.requestTimeout = 0;
  server.on("upgrade", (request, socket, head) => void upgrade(served, options, { request, socket, head }));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  const shown = host.includes(":") ? `[${host}]` : host;
  return {
    url: `${tls ? "https" : "http"}://${shown}:${address.port}`,
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
