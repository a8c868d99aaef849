/** What a handler answers, before anyone decides how it travels: as JSON text over HTTP, or as it is within the process. */
import type { WatchEvent } from "../../../kube/transport.ts";

export interface WatchSink {
  /** False: the receiver is too slow; the watch is ended. */
  event(event: WatchEvent): boolean;
  end(): void;
}

export interface JsonAnswer {
  readonly type: "json";
  readonly status: number;
  readonly body: unknown;
  readonly contentType?: string;
  readonly warnings?: readonly string[];
}

export interface WatchAnswer {
  readonly type: "watch";
  readonly warnings?: readonly string[];
  /** Begins to deliver, in this turn; returns how to stop. */
  open(sink: WatchSink): () => void;
}

export interface BytesAnswer {
  readonly type: "bytes";
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body: AsyncIterable<Uint8Array>;
}

export type Answer = JsonAnswer | WatchAnswer | BytesAnswer;

export const json = (body: unknown, status = 200, warnings?: readonly string[]): JsonAnswer => ({
  type: "json",
  status,
  body,
  ...(warnings?.length && { warnings }),
});
