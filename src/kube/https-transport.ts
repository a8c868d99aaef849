/**
 * A Transport over HTTP(S) to a Kubernetes API server: one connection pool for requests, one for long-lived streams.
 * Retries only what is safe to: what the server asked to be tried again, and reads on a connection that broke.
 */
import type { IncomingMessage } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { errorOf } from "./create-client.ts";
import { UnreachableError } from "./errors.ts";
import { createSender, type Sender } from "./http-sender.ts";
import { jsonLines } from "./json-lines.ts";
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from "./transport.ts";
import { openChannel } from "./web-socket.ts";

export interface HttpsOptions {
  /** `https://host:port`, with a path where the API is served below one. */
  readonly server: string;
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly insecure?: boolean;
  readonly servername?: string;
  /** A token, or how to get a fresh one for each request. */
  readonly token?: string | (() => Promise<string | undefined> | string | undefined);
  readonly username?: string;
  readonly password?: string;
  /** Must begin with `windlass/`, so that audit logs and flow schemas can tell us apart. */
  readonly userAgent: string;
  /** Shortens waits in tests; milliseconds. */
  readonly timeouts?: Partial<Timeouts>;
}

interface Timeouts {
  /** For the headers of any answer, and between two pieces of a request's body. */
  readonly request: number;
  /** Without a byte on a watch that has had a bookmark: API servers send one a minute, so the connection is half open. */
  readonly watchIdle: number;
  /** Beyond a watch's own `timeoutSeconds`. */
  readonly watchGrace: number;
  readonly connect: number;
}

const defaultTimeouts: Timeouts = { request: 60_000, watchIdle: 150_000, watchGrace: 30_000, connect: 10_000 };
const maxAttempts = 4;
const maxRetryAfterSeconds = 30;
/** `setTimeout` takes no more. */
const maxTimerMs = 2 ** 31 - 1;
const idempotent: ReadonlySet<string> = new Set(["GET", "PUT", "PATCH", "DELETE"]);

function searchOf(query: ApiRequest["query"]): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of typeof value === "string" ? [value] : value) search.append(name, one);
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

function encode({ body, contentType }: ApiRequest): string | Buffer | undefined {
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const isText = typeof body === "string" && contentType !== undefined && !contentType.includes("json");
  return isText ? body : JSON.stringify(body);
}

function warningsOf(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  const texts = [...header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replace(/\\(.)/g, "$1"),
  );
  return texts.length > 0 ? texts : [header];
}

async function decode(response: IncomingMessage): Promise<ApiResponse> {
  const contentType = response.headers["content-type"] ?? "";
  const text = await textOf(response);
  const warnings = warningsOf(response.headers["warning"]);
  const isJson = contentType.includes("json") && text !== "";
  return {
    status: statusOf(response),
    contentType,
    body: isJson ? parsed(text) : text,
    ...(warnings.length > 0 && { warnings }),
  };
}

/** What claims to be JSON and is not stays text: whoever wanted an object quotes it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const statusOf = ({ statusCode = 0 }: IncomingMessage) => statusCode;

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? "";

/** Which server failed to answer, and why, in words. */
export function unreachable(server: string, cause: unknown): UnreachableError {
  const { message } = cause as Error;
  const causes = cause instanceof AggregateError ? cause.errors.map((error: Error) => error.message).join("; ") : "";
  const why = message || causes || codeOf(cause);
  return new UnreachableError(`cannot reach the Kubernetes API at ${server}: ${why}`, { cause });
}

/** Seconds to wait before asking again; undefined when the answer is final. */
function retryAfter({ method }: ApiRequest, response: IncomingMessage): number | undefined {
  const header = response.headers["retry-after"];
  if (header === undefined || !idempotent.has(method)) return undefined;
  if (statusOf(response) !== 429 && statusOf(response) !== 503) return undefined;
  const seconds = Number(header);
  return seconds >= 0 ? Math.min(seconds, maxRetryAfterSeconds) : undefined;
}

const brokenConnection: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE"]);

class HttpsTransport implements Transport {
  readonly #options: HttpsOptions;
  readonly #timeouts: Timeouts;
  readonly #base: string;
  readonly #tls: object;
  readonly #requests: Sender;
  readonly #streams: Sender;

  constructor(options: HttpsOptions) {
    if (!options.userAgent.startsWith("windlass/"))
      throw new TypeError(`user agent "${options.userAgent}" does not begin with windlass/`);
    this.#options = options;
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#base = options.server.replace(/\/+$/, "");
    const { ca, cert, key, servername, insecure } = options;
    this.#tls = { ca, cert, key, servername, rejectUnauthorized: !insecure };
    const { request, connect } = this.#timeouts;
    const isSecure = !this.#base.startsWith("http:");
    const silence = { connect, headers: request, body: request };
    this.#requests = createSender(isSecure, { ...this.#tls, maxSockets: 32 }, silence);
    this.#streams = createSender(isSecure, this.#tls, { ...silence, body: 0 });
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    const headers = await this.#headers(request);
    for (let attempt = 1; ; attempt++) {
      const last = attempt === maxAttempts;
      try {
        const response = await this.#send(request, headers, this.#requests);
        const seconds = last ? undefined : retryAfter(request, response);
        if (seconds === undefined) return await decode(response);
        response.resume();
        await sleep(seconds * 1000, undefined, { signal: request.signal });
      } catch (error) {
        if (request.signal?.aborted) throw error;
        // The server closed an idle connection just as it was used again: reads are asked once more.
        if (request.method === "GET" && attempt === 1 && brokenConnection.has(codeOf(error))) continue;
        throw unreachable(this.#base, error);
      }
    }
  }

  async *watch(request: ApiRequest): AsyncIterable<WatchEvent> {
    const { watchIdle, watchGrace } = this.#timeouts;
    const halfOpen = new AbortController();
    const expire = () => halfOpen.abort(new Error("the watch went silent; its connection is half open"));
    const seconds = Number(request.query?.["timeoutSeconds"]);
    const whole = setTimeout(expire, Math.min(seconds > 0 ? seconds * 1000 + watchGrace : maxTimerMs, maxTimerMs));
    let idle: NodeJS.Timeout | undefined;
    const signal = request.signal ? AbortSignal.any([request.signal, halfOpen.signal]) : halfOpen.signal;
    try {
      const body = await this.#open({ ...request, signal });
      for await (const line of jsonLines(body, () => idle?.refresh())) {
        const event = line as WatchEvent;
        if (event.type === "BOOKMARK") idle ??= setTimeout(expire, watchIdle);
        yield event;
      }
    } catch (error) {
      throwUnlessAborted(request, halfOpen.signal.aborted ? unreachable(this.#base, halfOpen.signal.reason) : error);
    } finally {
      clearTimeout(whole);
      clearTimeout(idle);
    }
  }

  async *stream(request: ApiRequest): AsyncIterable<Uint8Array> {
    try {
      yield* await this.#open(request);
    } catch (error) {
      throwUnlessAborted(request, error);
    }
  }

  async connect(request: ApiRequest, protocols: readonly string[]) {
    const url = `${this.#base.replace(/^http/, "ws")}${request.path}${searchOf(request.query)}`;
    // Nodes answer 406 to a handshake that takes nothing but JSON.
    const headers = await this.#headers({ ...request, accept: "application/json, */*" });
    const handshakeTimeout = this.#timeouts.request;
    // Few commands need it, and each start of a command counts.
    const { WebSocket } = await import("ws");
    return openChannel(
      new WebSocket(url, [...protocols], { headers, handshakeTimeout, ...this.#tls }),
      request.path,
      request.signal,
    );
  }

  async close(): Promise<void> {
    this.#requests.close();
    this.#streams.close();
  }

  #send(request: ApiRequest, headers: Record<string, string>, sender: Sender): Promise<IncomingMessage> {
    const url = `${this.#base}${request.path}${searchOf(request.query)}`;
    const { method, signal } = request;
    return sender.send(url, { method, headers, body: encode(request), signal });
  }

  async #open(request: ApiRequest): Promise<AsyncIterable<Uint8Array>> {
    const headers = await this.#headers(request);
    let response: IncomingMessage;
    try {
      response = await this.#send(request, headers, this.#streams);
    } catch (error) {
      throw request.signal?.aborted ? error : unreachable(this.#base, error);
    }
    if (statusOf(response) < 200 || statusOf(response) > 299) throw errorOf(request, await decode(response));
    return response;
  }

  async #headers(request: ApiRequest): Promise<Record<string, string>> {
    const { token, username, password = "", userAgent } = this.#options;
    const bearer = typeof token === "function" ? await token() : token;
    const basic = username !== undefined && `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const authorization = bearer ? `Bearer ${bearer}` : basic;
    return {
      "user-agent": userAgent,
      accept: request.accept ?? "application/json",
      ...(request.body !== undefined && { "content-type": request.contentType ?? "application/json" }),
      ...(authorization && { authorization }),
      ...request.headers,
    };
  }
}

function throwUnlessAborted({ signal }: ApiRequest, error: unknown): void {
  if (!signal?.aborted) throw error;
}

/** Errors of the connection name the server. Throws TypeError when the user agent does not begin with `windlass/`. */
export function createHttpsTransport(options: HttpsOptions): Transport {
  return new HttpsTransport(options);
}
