/**
 * A pod's log as lines, resumable: when the connection drops it is opened again from the last line seen, and no line
 * is printed twice. Losing a stream never decides anything about the experiment.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Pod as PodKind } from "../../api/core/kinds.ts";
import { pathOf } from "../../kube/client.ts";
import { KubeError } from "../../kube/errors.ts";
import type { Connection } from "../connect/follow.ts";
import type { Target } from "../connect/target.ts";

export interface LogRequest {
  readonly pod: string;
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  readonly signal?: AbortSignal;
  /** Also what there is of a line whose end has not come, each time that more of it comes. */
  readonly parts?: boolean;
  /** Told when the connection is lost and when it is back. */
  readonly outage?: Connection;
}

export interface LogLine {
  /** RFC 3339 with nanoseconds: when the line began. */
  readonly time: string;
  readonly text: string;
  /** The line goes on: it comes again, with more text. Only where parts were asked for. */
  readonly isPart?: true;
}

const retryMs = 500;

interface RawLine {
  readonly raw: string;
  readonly isPart: boolean;
}

/** Splits a byte stream into lines; after each piece comes what there is of the line that has not ended. */
async function* piecesOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<RawLine> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const raw of lines) yield { raw, isPart: false };
    if (rest) yield { raw: rest, isPart: true };
  }
  rest += decoder.decode();
  if (rest) yield { raw: rest, isPart: false };
}

/** Whole lines only; a last one without a newline counts. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  for await (const { raw, isPart } of piecesOf(chunks)) if (!isPart) yield raw;
}

function parseLine(line: string): LogLine {
  const space = line.indexOf(" ");
  return space < 0 ? { time: line, text: "" } : { time: line.slice(0, space), text: line.slice(space + 1) };
}

function open(target: Target, request: LogRequest, since: string | undefined): AsyncIterable<Uint8Array> {
  const query: Record<string, string> = { timestamps: "true" };
  if (request.container) query["container"] = request.container;
  if (request.follow) query["follow"] = "true";
  if (request.previous) query["previous"] = "true";
  if (since) query["sinceTime"] = since;
  else {
    if (request.sinceSeconds !== undefined) query["sinceSeconds"] = String(request.sinceSeconds);
    if (request.tailLines !== undefined) query["tailLines"] = String(request.tailLines);
  }
  const path = pathOf(PodKind, target.namespace, request.pod, "log");
  return target.client.transport.stream({ method: "GET", path, query, signal: request.signal });
}

/** Not yet: the container is still being made. */
const isTooEarly = (error: unknown) =>
  error instanceof KubeError &&
  error.code === 400 &&
  /waiting to start|ContainerCreating|PodInitializing|not available/i.test(error.message);

/** What tells new lines from those that come again when a log is opened anew from a line's time on. */
class Seen {
  #time: string | undefined;
  #texts = new Set<string>();

  /** Of the last line; undefined before the first. */
  get time(): string | undefined {
    return this.#time;
  }

  has({ time, text }: LogLine): boolean {
    return this.#time !== undefined && (time < this.#time || (time === this.#time && this.#texts.has(text)));
  }

  add({ time, text }: LogLine): void {
    if (time !== this.#time) this.#texts = new Set();
    this.#time = time;
    this.#texts.add(text);
  }
}

async function* newLines(target: Target, request: LogRequest, seen: Seen): AsyncIterable<LogLine> {
  for await (const { raw, isPart } of piecesOf(open(target, request, seen.time))) {
    request.outage?.back();
    const line = parseLine(raw);
    if (seen.has(line)) continue;
    if (!isPart) {
      seen.add(line);
      yield line;
    }
    // A piece may end within the time: only what stands behind it is text.
    else if (request.parts && line.text) yield { ...line, isPart };
  }
}

/** Yields lines until the container has ended (or, without `follow`, until the log's present end). Throws KubeError on a refusal. */
export async function* logLines(target: Target, request: LogRequest): AsyncIterable<LogLine> {
  const seen = new Seen();
  while (!request.signal?.aborted) {
    try {
      yield* newLines(target, request, seen);
      return;
    } catch (error) {
      if (request.signal?.aborted) return;
      if (!request.follow || (error instanceof KubeError && !isTooEarly(error))) throw error;
      if (!isTooEarly(error)) request.outage?.lost(error as Error);
      await sleep(retryMs);
    }
  }
}
