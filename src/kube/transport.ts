/**
 * The seam between a Kubernetes client and whatever answers it: HTTPS to a real API server, or a
 * function call into the embedded one. Bodies cross it as JSON values, so that the in-process
 * transport never serialises.
 */
import type { Duplex } from "node:stream";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface ApiRequest {
  readonly method: Method;
  /** Absolute path without the query: `/api/v1/namespaces/default/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** Content type of `body`; `application/json` when absent. Names the patch type of a PATCH. */
  readonly contentType?: string;
  readonly accept?: string;
  /** A JSON value; a string or bytes when `contentType` is not JSON (proxy requests). */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** Extra request headers, lower case (proxy requests). */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiResponse {
  readonly status: number;
  readonly contentType: string;
  /** Parsed when the content type is JSON, else text. Objects from the in-process transport are frozen. */
  readonly body: unknown;
  /** Texts of `Warning:` headers. */
  readonly warnings?: readonly string[];
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: unknown;
}

export interface Transport {
  /** Resolves for every HTTP answer, failures included; rejects only when no answer came. */
  request(request: ApiRequest): Promise<ApiResponse>;
  /** A watch. Throws KubeError when the server refuses it; ends when the server ends it or `signal` aborts. */
  watch(request: ApiRequest): AsyncIterable<WatchEvent>;
  /** A byte stream (logs). Throws KubeError when the server refuses it. */
  stream(request: ApiRequest): AsyncIterable<Uint8Array>;
  /**
   * A websocket upgrade (exec, attach, portforward) with the given subprotocols, as raw message frames:
   * see `WebSocketChannel`.
   */
  connect?(request: ApiRequest, protocols: readonly string[]): Promise<WebSocketChannel>;
  close?(): Promise<void>;
}

/** Message-framed duplex channel of `v5.channel.k8s.io` (first byte of each message = channel number). */
export interface WebSocketChannel {
  readonly protocol: string;
  send(message: Uint8Array): void;
  readonly messages: AsyncIterable<Uint8Array>;
  close(): void;
}

/** A plain TCP-like stream to a port of a pod. */
export type Dial = (address: string, port: number) => Promise<Duplex>;
