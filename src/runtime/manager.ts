/** Runs controllers together: shared caches first, then the workers; stops them in the opposite order. */
import type { KubeObject } from "../api/meta/object.ts";
import type { Client } from "../kube/client.ts";
import { ActionPool } from "./actions.ts";
import { Cache } from "./cache.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Controller, type ControllerDependencies } from "./controller.ts";
import { EventRecorder } from "./events.ts";
import { type Logger, silentLogger } from "./log.ts";
import type { ControllerSpec } from "./plan.ts";

export interface ManagerOptions {
  readonly client: Client;
  readonly clock?: Clock;
  /** Yields [0, 1). */
  readonly random?: () => number;
  readonly log?: Logger;
  /** Namespace to watch; all when absent. */
  readonly namespace?: string;
  /** `reportingInstance` of events: the host, or the pod. */
  readonly instance?: string;
  readonly syncTimeoutMs?: number;
  readonly onPass?: ControllerDependencies["onPass"];
  readonly settleMs?: number;
}

// A list of controllers of different kinds: each is only ever handed its own root, world and status.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyControllerSpec = ControllerSpec<any, any, any>;

export interface Manager {
  readonly cache: Cache;
  add(spec: AnyControllerSpec): void;
  /** Resolves when the caches are synced and the workers run. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Keys waiting per controller. */
  depths(): Readonly<Record<string, number>>;
}

/** Merges the cache selectors of all specs; two that differ for one kind cancel out (the whole kind is cached). */
function mergeSelectors(specs: readonly AnyControllerSpec[]): Record<string, string> {
  const merged: Record<string, string> = Object.assign({}, ...specs.map((spec) => spec.cacheSelectors ?? {}));
  for (const key of Object.keys(merged)) {
    const users = specs.filter((spec) => kindsOf(spec).includes(key));
    if (users.some((spec) => spec.cacheSelectors?.[key] !== merged[key])) delete merged[key];
  }
  return merged;
}

const kindsOf = (spec: AnyControllerSpec): readonly string[] =>
  [spec.root, ...spec.owns, ...(spec.watches ?? []).map(({ kind }) => kind)].map(
    ({ group, resource }) => `${group}/${resource}`,
  );

export function createManager(options: ManagerOptions, specs: readonly AnyControllerSpec[] = []): Manager {
  const { client, clock = systemClock, random = Math.random, log = silentLogger, instance = "windlass" } = options;
  const cache = new Cache({ client, random, log, namespace: options.namespace, selectors: mergeSelectors(specs) });
  const actions = new ActionPool(clock);
  const controllers: Controller[] = [];
  const recorders: EventRecorder[] = [];
  let running = false;

  const add = (spec: AnyControllerSpec): void => {
    const controller = `${spec.name}-controller`;
    const recorder = new EventRecorder({
      client,
      clock,
      log,
      random,
      controller,
      instance: `${controller}-${instance}`,
    });
    recorders.push(recorder);
    const deps = {
      client,
      cache,
      clock,
      log: log.child({ controller: spec.name }),
      recorder,
      actions,
      onPass: options.onPass,
      settleMs: options.settleMs,
    };
    const made = new Controller(spec as ControllerSpec<KubeObject, unknown, unknown>, deps);
    controllers.push(made);
    if (running) made.start();
  };
  for (const spec of specs) add(spec);

  return {
    cache,
    add,
    async start() {
      cache.start();
      await cache.waitForSync(options.syncTimeoutMs ?? 60_000);
      running = true;
      for (const controller of controllers) controller.start();
    },
    async stop() {
      actions.stop();
      await Promise.all(controllers.map((controller) => controller.stop()));
      await Promise.all(recorders.map((recorder) => recorder.flush()));
      await cache.stop();
    },
    depths: () => Object.fromEntries(controllers.map((controller) => [controller.name, controller.depth])),
  };
}
