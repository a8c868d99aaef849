/** Stands between one process of an operator and the API server, and lets happen what the faults of the run say. */
import { failure, KubeError } from "../../kube/errors.ts";
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from "../../kube/transport.ts";
import { type Clock, pause } from "../../runtime/clock.ts";
import type { Counts, Faults, ListFault, WriteFault } from "./faults.ts";
import { lateEvents } from "./late-events.ts";
import { type Sort, sortOf } from "./requests.ts";

export interface Process {
  readonly faults: Faults;
  readonly counts: Counts;
  readonly clock: Clock;
  /** Aborts when the process ends: from then on it asks for nothing, and hears nothing. */
  readonly ended: AbortSignal;
  /** The number of its last write: when that has been sent, the process ends. */
  readonly endsAfter?: number;
  readonly end: () => void;
  /** Told of each request that is sent, whatever becomes of it. */
  readonly asks: () => void;
  /** Told of each write that the server answered. */
  readonly wrote: (request: ApiRequest, answer: ApiResponse) => void;
}

/** As long as a client waits. */
const timeoutMs = 10_000;
const lateListMs = 3_000;

const never = <T>(): Promise<T> => new Promise(() => {});

const refusals: Readonly<Record<string, readonly [code: number, reason: string]>> = {
  conflict: [409, "Conflict"],
  "429": [429, "TooManyRequests"],
  "500": [500, "InternalError"],
  "504": [504, "Timeout"],
};

function answerOf(fault: string): ApiResponse {
  const [code, reason] = refusals[fault] as readonly [number, string];
  return { status: code, contentType: "application/json", body: failure(code, reason, `simulated ${fault}`) };
}

export class FaultyTransport implements Transport {
  readonly #inner: Transport;
  readonly #process: Process;

  constructor(inner: Transport, process: Process) {
    this.#inner = inner;
    this.#process = process;
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    const { ended, asks } = this.#process;
    if (ended.aborted) return never();
    asks();
    try {
      const answer = await this.#answer(request, sortOf(request));
      return ended.aborted ? await never<ApiResponse>() : answer;
    } catch (error) {
      if (ended.aborted) return never();
      throw error;
    }
  }

  stream(request: ApiRequest): AsyncIterable<Uint8Array> {
    return this.#inner.stream(request);
  }

  async #answer(request: ApiRequest, { sort }: Sort): Promise<ApiResponse> {
    const { faults, counts } = this.#process;
    switch (sort) {
      case "write":
        return this.#lastWrite(request, ++counts.writes);
      case "list":
        return this.#list(request, ++counts.lists);
      case "event":
        return faults.noEvents ? answerOf("500") : this.#inner.request(request);
      case "get":
        return this.#inner.request(request);
    }
  }

  async #lastWrite(request: ApiRequest, number: number): Promise<ApiResponse> {
    const { endsAfter = Number.POSITIVE_INFINITY, end } = this.#process;
    if (number > endsAfter) return never();
    try {
      return await this.#write(request, number);
    } finally {
      if (number === endsAfter) end();
    }
  }

  async #write(request: ApiRequest, number: number): Promise<ApiResponse> {
    const { faults, wrote, clock } = this.#process;
    const fault: WriteFault | undefined = faults.writes?.[number];
    if (fault === "timeout") return this.#timeOut(clock);
    if (fault !== undefined && fault !== "lost" && fault !== "504") return answerOf(fault);
    const answer = await this.#inner.request(request);
    wrote(request, answer);
    if (fault === "lost") throw new Error("simulated: the connection was reset");
    return fault === "504" ? answerOf(fault) : answer;
  }

  async #list(request: ApiRequest, number: number): Promise<ApiResponse> {
    const { clock, faults } = this.#process;
    const fault: ListFault | undefined = faults.lists?.[number];
    if (fault === "timeout") return this.#timeOut(clock);
    if (fault !== undefined && fault !== "late") return answerOf(fault);
    const answer = await this.#inner.request(request);
    if (fault === "late") await pause(clock, lateListMs);
    return answer;
  }

  async #timeOut(clock: Clock): Promise<never> {
    await pause(clock, timeoutMs);
    throw new Error(`simulated: no answer within ${timeoutMs / 1000} s`);
  }

  async *watch(request: ApiRequest): AsyncIterable<WatchEvent> {
    const { faults, counts, ended, clock, asks } = this.#process;
    if (ended.aborted) await never();
    asks();
    const number = ++counts.watches;
    const fault = faults.watches?.[number];
    if (fault === "refused") throw refused();
    if (fault === "too-old") return yield tooOld;
    const signal = request.signal ? AbortSignal.any([request.signal, ended]) : ended;
    if (fault === "bookmark") return yield bookmarkOf(request);
    const { resource } = sortOf(request);
    const lateMs = faults.lateMs?.[resource] ?? faults.lateMs?.["*"] ?? 0;
    const events = this.#inner.watch({ ...request, signal });
    for await (const event of lateMs > 0 ? lateEvents(events, { clock, lateMs, signal }) : events) {
      if (ended.aborted) await never();
      yield event;
      if (fault === "broken") throw new Error("simulated: the connection was reset");
      if (fault === "expired") return yield tooOld;
    }
    if (ended.aborted) await never();
  }
}

const refused = () => new KubeError(failure(500, "InternalError", "simulated refusal"));
const tooOld: WatchEvent = { type: "ERROR", object: failure(410, "Expired", "simulated: too old resource version") };

/** Nothing happened since: the version is that from which the watch was asked for. */
function bookmarkOf({ query }: ApiRequest): WatchEvent {
  return { type: "BOOKMARK", object: { metadata: { resourceVersion: query?.["resourceVersion"] } } };
}
