/** What a handler answers, before anyone decides how it travels: as JSON text over HTTP, or as it is within the process. */
import type { WatchEvent } from "../../../kube/transport.ts";

export interface WatchSink {
  /** False: the receiver is too slow; the watch is ended. */
  event(event: WatchEvent): boolean;
  end(): void;
}

export interface JsonResponse {
  readonly type: "json";
  readonly status: number;
  readonly body: unknown;
  readonly contentType?: string;
  readonly warnings?: readonly string[];
}

export interface WatchResponse {
  readonly type: "watch";
  readonly warnings?: readonly string[];
  /** Begins to deliver, in this turn; returns how to stop. */
  open(sink: WatchSink): () => void;
}

export interface BytesResponse {
  readonly type: "bytes";
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body: AsyncIterable<Uint8Array>;
}

export type HandlerResponse = JsonResponse | WatchResponse | BytesResponse;

export const json = (body: unknown, status = 200, warnings?: readonly string[]): JsonResponse => ({
  type: "json",
  status,
  body,
  ...(warnings?.length && { warnings }),
});

/** The Status that answers a write which has no object to show. */
export const success = (status: number): JsonResponse =>
  json({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: status }, status);
