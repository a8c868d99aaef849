/** Runs controllers together: shared caches first, then the workers; stops them in the opposite order. */
import { randomBytes } from "node:crypto";
import type { KubeObject } from "../meta/object.ts";
import type { Client } from "../kube/client.ts";
import { ActionPool } from "./action-pool.ts";
import { Cache } from "./cache.ts";
import { type Clock, pause, systemClock } from "./clock.ts";
import { CollectionRemover } from "./write-object.ts";
import { Controller } from "./controller.ts";
import { EventRecorder } from "./event-recorder.ts";
import { GeneratedNames } from "./generated-names.ts";
import { type Logger, silentLogger } from "./log.ts";
import type { RuntimeMetrics } from "./runtime-metrics.ts";
import { cachedKinds } from "./reader.ts";
import { SettledDifferences } from "./settled-differences.ts";
import { type AnyControllerSpec, type ControllerSpec, reporterOf } from "./spec.ts";
import { trimsFor } from "./unread-fields.ts";

export interface ManagerOptions {
  readonly client: Client;
  readonly clock?: Clock;
  /** Yields [0, 1). */
  readonly random?: () => number;
  /** 32 random bytes, in base64: for secrets that controllers create. */
  readonly secret?: () => string;
  readonly log?: Logger;
  /** Namespace to watch; all when absent. */
  readonly namespace?: string;
  /** `reportingInstance` of events: the host, or the pod. */
  readonly instance?: string;
  /** For the first lists of all caches; 60 s when absent. */
  readonly syncTimeoutMs?: number;
  readonly metrics?: RuntimeMetrics;
  /** Fields that no controller reads are not cached. For a process in which nobody else reads the caches. */
  readonly trims?: boolean;
  /** Changes of children within this time become one reconcile; 30 ms when absent. */
  readonly settleMs?: number;
  /** Awaited between the caches and the workers: a standby's caches are warm. Stops the start when it answers false. */
  readonly lead?: () => Promise<boolean>;
}

export interface Manager {
  readonly cache: Cache;
  /** One more controller. */
  add(spec: AnyControllerSpec): void;
  /** Resolves when the caches are synced and the workers run. Rejects naming the kinds that could not be listed. */
  start(): Promise<void>;
  /** Lets the reconciles under way end, sends what events wait (for 5 s at most), and closes the watches. */
  stop(): Promise<void>;
  /** Keys waiting per controller. */
  depths(): Readonly<Record<string, number>>;
}

const syncTimeoutMs = 60_000;
const flushTimeoutMs = 5_000;

class ControllerManager implements Manager {
  readonly cache: Cache;
  readonly #options: ManagerOptions;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #random: () => number;
  readonly #actions: ActionPool;
  readonly #settled = new SettledDifferences();
  readonly #collections = new CollectionRemover();
  readonly #names: GeneratedNames;
  readonly #secret: () => string;
  readonly #controllers: Controller[] = [];
  readonly #recorders: EventRecorder[] = [];
  #isComplete = false;
  #state: "new" | "running" | "stopped" = "new";

  constructor(options: ManagerOptions, specs: readonly AnyControllerSpec[]) {
    const { client, clock = systemClock, random = Math.random, log = silentLogger, namespace } = options;
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#random = random;
    this.#actions = new ActionPool(clock);
    this.#names = new GeneratedNames(clock, random);
    this.#secret = options.secret ?? (() => randomBytes(32).toString("base64"));
    this.cache = new Cache({
      client,
      clock,
      random,
      log,
      namespace,
      ...(options.trims && { trimOf: trimsFor(specs) }),
    });
    // First what is cached whole: a selector of the same kind then needs no store of its own.
    for (const { kind, selector } of specs.flatMap(cachedKinds)) if (selector === undefined) this.cache.storeOf(kind);
    for (const spec of specs) this.add(spec);
    this.#isComplete = true;
  }

  add(spec: AnyControllerSpec): void {
    if (this.#options.trims && this.#isComplete)
      throw new Error(`controller ${spec.name} comes too late: what the caches keep is known from the others`);
    const { client, metrics, settleMs, instance = "windlass" } = this.#options;
    const clock = this.#clock;
    const log = this.#log.child({ controller: spec.name });
    const reporter = reporterOf(spec);
    const about = { controller: reporter, instance: `${reporter}-${instance}` };
    const recorder = new EventRecorder({ client, clock, log, random: this.#random, ...about });
    this.#recorders.push(recorder);
    if (spec.metrics) metrics?.roots(spec.metrics, { store: this.cache.storeOf(spec.root), clock });
    const controller = new Controller(spec as ControllerSpec<KubeObject, unknown, unknown>, {
      client,
      cache: this.cache,
      clock,
      log,
      recorder,
      actions: this.#actions,
      settled: this.#settled,
      collections: this.#collections,
      names: this.#names,
      secret: this.#secret,
      metrics,
      settleMs,
    });
    this.#controllers.push(controller);
    if (this.#state === "running") controller.start();
  }

  async start(): Promise<void> {
    this.cache.start();
    try {
      await this.cache.waitForSync(this.#options.syncTimeoutMs ?? syncTimeoutMs);
    } catch (error) {
      await this.cache.stop();
      throw error;
    }
    if ((await this.#options.lead?.()) === false || this.#state === "stopped") return;
    this.#state = "running";
    for (const controller of this.#controllers) controller.start();
  }

  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#actions.stop();
    await Promise.all(this.#controllers.map((controller) => controller.stop()));
    const flushed = new AbortController();
    const flush = Promise.all(this.#recorders.map((recorder) => recorder.flush())).then(() => flushed.abort());
    await Promise.race([flush, pause(this.#clock, flushTimeoutMs, flushed.signal)]);
    await this.cache.stop();
  }

  depths(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#controllers.map((controller) => [controller.name, controller.depth]));
  }
}

export function createManager(options: ManagerOptions, specs: readonly AnyControllerSpec[] = []): Manager {
  return new ControllerManager(options, specs);
}
