/**
 * Publishes events (events.k8s.io/v1) apart from the reconcile that recorded them: bounded, never failing a reconcile. Those of
 * one reconcile with one reason are one request (joined-events.ts). A repeat of the same event in a later reconcile becomes a series:
 * a patch now and then with the count.
 */
import { apiVersionOf, type KubeObject } from "../meta/object.ts";
import type { Client } from "../kube/client.ts";
import { isNotFound } from "../kube/errors.ts";
import type { Clock } from "./clock.ts";
import { Event } from "../api/core/kinds.ts";
import { formatMicroTime } from "../meta/condition.ts";
import { errorText, type Logger } from "./log.ts";
import type { EventRecord } from "./event-record.ts";
import { type JoinedEvent, joinEvents } from "./joined-events.ts";

export interface RecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  /** `reportingController`, e.g. `raycluster-controller`. */
  readonly controller: string;
  /** `reportingInstance`. */
  readonly instance: string;
  /** Yields [0, 1). */
  readonly random: () => number;
}

interface Series {
  readonly namespace: string;
  readonly name: string;
  count: number;
  lastSeen: number;
  lastSent: number;
  cancelTimer?: () => void;
}

const maxQueued = 1000;
/** A repeat after a longer silence is a new event, as in client-go. */
const seriesForMs = 6 * 60_000;
/** Counts of a series are sent this far apart; the first repeat goes at once, since it makes the series. */
const seriesEveryMs = 30_000;
const maxSeries = 4096;
const maxName = 253;
const lanes = 16;

const keyOf = ({ regarding: { metadata }, record: { type, reason, action, message } }: JoinedEvent): string =>
  [metadata.uid, type, reason, action, message].join("\0");

function laneOf(key: string): number {
  let sum = 0;
  for (let at = 0; at < key.length; at++) sum = (sum * 31 + key.charCodeAt(at)) % 65_521;
  return sum % lanes;
}

export class EventRecorder {
  readonly #options: RecorderOptions;
  readonly #series = new Map<string, Series>();
  #queued = 0;
  /** Those of one kind about one object wait for each other; others share their way to the disk. */
  readonly #lanes: Promise<void>[] = Array.from({ length: lanes }, () => Promise.resolve());
  #sequence: number;

  constructor(options: RecorderOptions) {
    this.#options = options;
    // Keeps the names of two processes that publish in the same millisecond apart.
    this.#sequence = Math.floor(options.random() * 900_000);
  }

  /** Queues the events of a reconcile of `root`. Dropped, with a log line, when too many wait. */
  record(root: KubeObject, ...records: readonly EventRecord[]): void {
    for (const event of joinEvents(root, records))
      this.#enqueue(keyOf(event), event.record.reason, () => this.#publish(event));
  }

  /** Resolves when everything recorded so far was sent; pending counts of series go too. */
  flush(): Promise<void> {
    for (const [key, series] of this.#series) {
      if (!series.cancelTimer) continue;
      series.cancelTimer();
      this.#enqueue(key, "series", () => this.#sendCount(series));
    }
    return Promise.all(this.#lanes).then(() => {});
  }

  #enqueue(key: string, reason: string, work: () => Promise<void>): void {
    const { log } = this.#options;
    if (this.#queued >= maxQueued) return log.warn("event dropped: too many waiting", { reason });
    this.#queued++;
    const lane = laneOf(key);
    this.#lanes[lane] = (this.#lanes[lane] as Promise<void>)
      .then(work)
      .catch((error: unknown) => log.debug("event not published", { reason, error: errorText(error) }))
      .finally(() => this.#queued--);
  }

  async #publish(joined: JoinedEvent): Promise<void> {
    const now = this.#options.clock.now();
    const key = keyOf(joined);
    const series = this.#series.get(key);
    if (series && now.getTime() - series.lastSeen < seriesForMs) {
      series.count += joined.count;
      if (await this.#repeat(key, series, now)) return;
      this.#series.delete(key);
    }
    const event = this.#build(joined, now);
    const { namespace, name } = event.metadata;
    await this.#options.client.create(Event, event);
    const seen = now.getTime();
    this.#remember(key, {
      namespace,
      name,
      count: joined.count,
      lastSeen: seen,
      lastSent: joined.count > 1 ? seen : 0,
    });
  }

  /** False when the event is gone from the server (they expire), so that a new one is due. */
  async #repeat(key: string, series: Series, now: Date): Promise<boolean> {
    series.lastSeen = now.getTime();
    if (series.cancelTimer) return true;
    const due = series.lastSent + seriesEveryMs - now.getTime();
    if (due > 0) {
      series.cancelTimer = this.#options.clock.after(due, () =>
        this.#enqueue(key, "series", () => this.#sendCount(series)),
      );
      return true;
    }
    try {
      await this.#sendCount(series);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  async #sendCount(series: Series): Promise<void> {
    const { namespace, name, count, lastSeen } = series;
    series.cancelTimer = undefined;
    series.lastSent = this.#options.clock.now().getTime();
    const patch = { series: { count, lastObservedTime: formatMicroTime(new Date(lastSeen)) } };
    await this.#options.client.patch({ kind: Event, namespace, name }, patch, { type: "merge" });
  }

  #remember(key: string, series: Series): void {
    this.#series.delete(key);
    this.#series.set(key, series);
    const [oldest] = this.#series;
    if (this.#series.size <= maxSeries || !oldest) return;
    oldest[1].cancelTimer?.();
    this.#series.delete(oldest[0]);
  }

  #build({ regarding, record, count }: JoinedEvent, now: Date) {
    const { controller, instance } = this.#options;
    const { name = "", namespace, uid, resourceVersion } = regarding.metadata;
    const stamp = (BigInt(now.getTime()) * 1_000_000n + BigInt(this.#sequence++ % 1_000_000)).toString(16);
    return {
      apiVersion: apiVersionOf(Event),
      kind: Event.kind,
      // Events of cluster-scoped objects live in `default`.
      metadata: { name: `${name.slice(0, maxName - stamp.length - 1)}.${stamp}`, namespace: namespace ?? "default" },
      eventTime: formatMicroTime(now),
      reportingController: controller,
      reportingInstance: instance.slice(0, 128),
      action: record.action,
      reason: record.reason,
      type: record.type,
      note: record.message,
      // What is told at once is a series from its beginning: the API has none of a single event.
      ...(count > 1 && { series: { count, lastObservedTime: formatMicroTime(now) } }),
      regarding: { apiVersion: regarding.apiVersion, kind: regarding.kind, name, namespace, uid, resourceVersion },
    };
  }
}
