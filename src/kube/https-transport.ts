/**
 * A Transport over HTTP(S) to a Kubernetes API server: one connection pool, one for the long-lived watches.
 * Retries nothing but what the server asked to be tried again (429 with Retry-After).
 */
import { Agent, type Dispatcher, request as send } from "undici";
import WebSocket from "ws";
import type { Status } from "../api/meta/status.ts";
import { failure, KubeError } from "./errors.ts";
import type { ApiRequest, ApiResponse, Transport, WatchEvent, WebSocketChannel } from "./transport.ts";

export interface HttpsOptions {
  /** `https://host:port`, with a path where the API is served below one. */
  readonly server: string;
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly insecure?: boolean;
  readonly servername?: string;
  /** A token, or how to get a fresh one for each request. */
  readonly token?: string | (() => Promise<string | undefined>);
  readonly username?: string;
  readonly password?: string;
  /** Must begin with `windlass`. */
  readonly userAgent: string;
}

/** No byte for this long on a watch that asks for bookmarks every minute: the connection is half open. */
const watchIdleMs = 150_000;
const requestTimeoutMs = 60_000;
const maxAttempts = 4;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function searchOf(query: ApiRequest["query"]): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of typeof value === "string" ? [value] : value) search.append(name, one);
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

function encode(request: ApiRequest): string | Buffer | undefined {
  const { body } = request;
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array) return Buffer.from(body);
  const isText = typeof body === "string" && request.contentType !== undefined && !request.contentType.includes("json");
  return isText ? body : JSON.stringify(body);
}

async function decode(response: Dispatcher.ResponseData): Promise<ApiResponse> {
  const contentType = String(response.headers["content-type"] ?? "");
  const text = await response.body.text();
  const warning = response.headers["warning"];
  const warnings = (warning === undefined ? [] : [warning].flat()).map(
    (line) => /^299 \S+ "(.*)"$/.exec(line)?.[1] ?? line,
  );
  const isJson = contentType.includes("json") && text !== "";
  return {
    status: response.statusCode,
    contentType,
    body: isJson ? JSON.parse(text) : text,
    ...(warnings.length > 0 && { warnings }),
  };
}

/** Which server could not be reached, and why, in words. */
function unreachable(server: string, cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new Error(`cannot reach the Kubernetes API at ${server}: ${message || code}`, { cause });
}

export function createHttpsTransport(options: HttpsOptions): Transport {
  const base = options.server.replace(/\/+$/, "");
  const tls = {
    ca: options.ca,
    cert: options.cert,
    key: options.key,
    rejectUnauthorized: !options.insecure,
    servername: options.servername,
  };
  const agent = new Agent({
    connect: tls,
    connections: 32,
    pipelining: 1,
    bodyTimeout: requestTimeoutMs,
    headersTimeout: requestTimeoutMs,
  });
  const streams = new Agent({ connect: tls, bodyTimeout: 0, headersTimeout: requestTimeoutMs });

  async function headersFor(request: ApiRequest): Promise<Record<string, string>> {
    const token = typeof options.token === "function" ? await options.token() : options.token;
    const basic =
      options.username !== undefined
        ? Buffer.from(`${options.username}:${options.password ?? ""}`).toString("base64")
        : undefined;
    return {
      "user-agent": options.userAgent,
      accept: request.accept ?? "application/json",
      ...(request.body !== undefined && { "content-type": request.contentType ?? "application/json" }),
      ...(token ? { authorization: `Bearer ${token}` } : basic && { authorization: `Basic ${basic}` }),
      ...request.headers,
    };
  }

  async function dispatch(request: ApiRequest, dispatcher: Agent): Promise<Dispatcher.ResponseData> {
    const url = `${base}${request.path}${searchOf(request.query)}`;
    const headers = await headersFor(request);
    try {
      return await send(url, {
        method: request.method,
        headers,
        body: encode(request),
        signal: request.signal,
        dispatcher,
      });
    } catch (error) {
      if (request.signal?.aborted) throw error;
      throw unreachable(base, error);
    }
  }

  async function openStream(request: ApiRequest): Promise<Dispatcher.ResponseData> {
    const response = await dispatch(request, streams);
    if (response.statusCode < 400) return response;
    const { body, status } = await decode(response);
    if ((body as Status | undefined)?.kind === "Status") throw new KubeError(body as Status);
    throw new KubeError(failure(status, "Unknown", `${request.path}: HTTP ${status}: ${String(body).slice(0, 200)}`));
  }

  return {
    async request(request) {
      for (let attempt = 1; ; attempt++) {
        const response = await dispatch(request, agent);
        const retryAfter = Number(response.headers["retry-after"]);
        if (response.statusCode !== 429 || !(retryAfter >= 0) || attempt === maxAttempts) return decode(response);
        await response.body.dump();
        await wait(retryAfter * 1000);
      }
    },
    async *watch(request) {
      const idle = new AbortController();
      const signal = request.signal ? AbortSignal.any([request.signal, idle.signal]) : idle.signal;
      const timer = setTimeout(() => idle.abort(new Error("no data: the connection is half open")), watchIdleMs);
      try {
        const response = await openStream({ ...request, signal });
        for await (const line of jsonLines(response.body, () => timer.refresh())) yield line as WatchEvent;
      } catch (error) {
        if (!request.signal?.aborted) throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    async *stream(request) {
      const response = await openStream(request);
      try {
        for await (const chunk of response.body) yield chunk as Uint8Array;
      } catch (error) {
        if (!request.signal?.aborted) throw error;
      }
    },
    connect: async (request, protocols) => {
      const url = `${base.replace(/^http/, "ws")}${request.path}${searchOf(request.query)}`;
      return openSocket(new WebSocket(url, [...protocols], { headers: await headersFor(request), ...tls }));
    },
    async close() {
      await Promise.all([agent.destroy(), streams.destroy()]);
    },
  };
}

/** Newline-delimited JSON. A line that is not JSON is an error, never dropped: a lost event is a wrong cache. */
async function* jsonLines(body: AsyncIterable<Uint8Array>, onData: () => void): AsyncIterable<unknown> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    onData();
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line) yield JSON.parse(line);
  }
}

function openSocket(socket: WebSocket): Promise<WebSocketChannel> {
  const queue: Uint8Array[] = [];
  let wake: (() => void) | undefined;
  let closed = false;
  const signal = () => {
    wake?.();
    wake = undefined;
  };
  socket.on("message", (data: Buffer) => {
    queue.push(data);
    signal();
  });
  socket.on("close", () => {
    closed = true;
    signal();
  });
  async function* messages(): AsyncIterable<Uint8Array> {
    for (;;) {
      const next = queue.shift();
      if (next) yield next;
      else if (closed) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("unexpected-response", (_, response) =>
      reject(new KubeError(failure(response.statusCode ?? 500, "Unknown", `HTTP ${response.statusCode}`))),
    );
    socket.once("open", () =>
      resolve({
        protocol: socket.protocol,
        send: (message) => socket.send(message),
        messages: messages(),
        close: () => socket.close(),
      }),
    );
  });
}
