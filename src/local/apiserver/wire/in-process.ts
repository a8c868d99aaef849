/** The Transport of clients in this very process: no HTTP, no serialisation; what they get is frozen. */
import { KubeError } from "../../../kube/errors.ts";
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from "../../../kube/transport.ts";
import type { HandlerResponse, BytesResponse, WatchResponse } from "./response.ts";
import { internal } from "../errors.ts";

/** Events waiting for a reader that does not read; past this the watch is ended, and the reader must list again. */
const maxQueued = 20_000;

async function textOf({ body }: BytesResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function toResponse(answer: HandlerResponse): Promise<ApiResponse> {
  switch (answer.type) {
    case "json": {
      const { status, body, contentType = "application/json", warnings } = answer;
      return { status, contentType, body, ...(warnings && { warnings }) };
    }
    case "bytes": {
      const text = await textOf(answer);
      const isJson = answer.contentType.includes("json") && text !== "";
      return { status: answer.status, contentType: answer.contentType, body: isJson ? JSON.parse(text) : text };
    }
    case "watch":
      throw new TypeError("a watch must be opened with Transport.watch");
  }
}

/** Errors as answers: what HTTP does. */
async function answered(work: Promise<HandlerResponse>): Promise<ApiResponse> {
  try {
    return await toResponse(await work);
  } catch (error) {
    const { status } = error instanceof KubeError ? error : internal((error as Error).message);
    return { status: status.code, contentType: "application/json", body: status };
  }
}

async function* eventsOf({ open }: WatchResponse, signal: AbortSignal | undefined): AsyncIterable<WatchEvent> {
  let queue: WatchEvent[] = [];
  let ended = false;
  let wake: (() => void) | undefined;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  const end = () => {
    ended = true;
    notify();
  };
  const stop = open({
    event(event) {
      queue.push(event);
      notify();
      return queue.length <= maxQueued;
    },
    end,
  });
  signal?.addEventListener("abort", end, { once: true });
  try {
    while (!signal?.aborted) {
      const batch = queue;
      queue = [];
      yield* batch;
      if (queue.length > 0) continue;
      if (ended) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal?.removeEventListener("abort", end);
    stop();
  }
}

export function inProcessTransport(handle: (request: ApiRequest) => Promise<HandlerResponse>): Transport {
  return {
    request: (request) => answered(handle(request)),
    async *watch(request) {
      const query = { ...request.query, watch: "true" };
      const answer = await handle({ ...request, query });
      if (answer.type !== "watch") throw new TypeError(`${request.path} cannot be watched`);
      yield* eventsOf(answer, request.signal);
    },
    async *stream(request) {
      const answer = await handle(request);
      if (answer.type !== "bytes") throw new TypeError(`${request.path} is not a byte stream`);
      yield* answer.body;
    },
  };
}
