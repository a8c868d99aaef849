/**
 * Publishes events (events.k8s.io/v1) apart from the pass that recorded them: bounded, never failing a pass. A repeat of
 * the same event about the same object becomes a series: one create, then patches.
 */
import { Event } from "../api/core/kinds.ts";
import { apiVersionOf, type KubeObject } from "../api/meta/object.ts";
import type { Client } from "../kube/client.ts";
import type { Clock } from "./clock.ts";
import { errorText, type Logger } from "./log.ts";
import type { EventRecord } from "./plan.ts";

export interface RecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  /** `reportingController`, e.g. `raycluster-controller`. */
  readonly controller: string;
  /** `reportingInstance`. */
  readonly instance: string;
  readonly random: () => number;
}

interface Series {
  readonly namespace: string;
  readonly name: string;
  count: number;
  lastSeen: number;
}

const maxNote = 1024;
const maxQueued = 1000;
const seriesForMs = 6 * 60_000;
const maxSeries = 4096;

const microTime = (date: Date) => date.toISOString().replace("Z", "000Z");

export class EventRecorder {
  readonly #options: RecorderOptions;
  readonly #series = new Map<string, Series>();
  #queued = 0;
  #tail: Promise<void> = Promise.resolve();
  #sequence = 0;
  /** Keeps names of two processes that publish in the same millisecond apart. */
  readonly #offset: number;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#offset = Math.floor(options.random() * 900_000);
  }

  /** Queues an event about `root` (or the record's own `regarding`). Dropped, with a log line, when too many wait. */
  record(root: KubeObject, record: EventRecord): void {
    if (this.#queued >= maxQueued) {
      this.#options.log.warn("event dropped: too many waiting", { reason: record.reason });
      return;
    }
    this.#queued++;
    this.#tail = this.#tail
      .then(() => this.#publish(record.regarding ?? root, record))
      .catch((error: unknown) =>
        this.#options.log.debug("event not published", { reason: record.reason, error: errorText(error) }),
      )
      .finally(() => this.#queued--);
  }

  /** Resolves when everything recorded so far was sent. */
  flush(): Promise<void> {
    return this.#tail;
  }

  async #publish(regarding: KubeObject, record: EventRecord): Promise<void> {
    const { client, clock } = this.#options;
    const now = clock.now();
    const key = [regarding.metadata.uid, record.type, record.reason, record.action, record.message].join("\0");
    const series = this.#series.get(key);
    if (series && now.getTime() - series.lastSeen < seriesForMs) {
      series.count++;
      series.lastSeen = now.getTime();
      const patch = { series: { count: series.count, lastObservedTime: microTime(now) } };
      await client.patch({ kind: Event, namespace: series.namespace, name: series.name }, patch, { type: "merge" });
      return;
    }
    const event = this.#build(regarding, record, now);
    this.#remember(key, {
      namespace: event.metadata.namespace,
      name: event.metadata.name,
      count: 1,
      lastSeen: now.getTime(),
    });
    await client.create(Event, event);
  }

  #remember(key: string, series: Series): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    const [oldest] = this.#series.keys();
    if (this.#series.size > maxSeries && oldest !== undefined) this.#series.delete(oldest);
  }

  #build(regarding: KubeObject, record: EventRecord, now: Date) {
    const { controller, instance } = this.#options;
    const { name = "", namespace = "default", uid, resourceVersion } = regarding.metadata;
    const stamp = (BigInt(now.getTime()) * 1_000_000n + BigInt(this.#offset + this.#sequence++)).toString(16);
    return {
      apiVersion: apiVersionOf(Event),
      kind: Event.kind,
      metadata: { name: `${name}.${stamp}`, namespace },
      eventTime: microTime(now),
      reportingController: controller,
      reportingInstance: instance.slice(0, 128),
      action: record.action,
      reason: record.reason,
      type: record.type,
      note: record.message.length > maxNote ? `${record.message.slice(0, maxNote - 1)}…` : record.message,
      regarding: { apiVersion: regarding.apiVersion, kind: regarding.kind, name, namespace, uid, resourceVersion },
    };
  }
}
