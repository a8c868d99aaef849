/**
 * Runs one ControllerSpec: turns changes into keys, keys into passes (observe → plan → apply → status → events), and
 * failures into backoff. Finalizers, deletion and `managedBy` are handled here, once, for every controller.
 */
import { controllerOf, keyOf, type KubeObject } from "../api/meta/object.ts";
import { isConflict, isNotFound } from "../kube/errors.ts";
import { deepEqual } from "../machinery/deep-equal.ts";
import type { ActionPool } from "./actions.ts";
import { type Applier, applyWrites, patchRoot, writeStatus } from "./apply-plan.ts";
import type { Cache } from "./cache.ts";
import type { Clock } from "./clock.ts";
import type { EventRecorder } from "./events.ts";
import { errorText, type Logger } from "./log.ts";
import type { ControllerSpec, Plan, Reader, Request, WriteFailure } from "./plan.ts";
import { TerminalError } from "./terminal-error.ts";
import { Workqueue } from "./workqueue.ts";

export interface ControllerDependencies extends Applier {
  readonly clock: Clock;
  readonly log: Logger;
  readonly recorder: EventRecorder;
  readonly actions: ActionPool;
  readonly onPass?: (controller: string, result: PassResult, seconds: number) => void;
  /** Changes of children within this time become one pass. */
  readonly settleMs?: number;
}

export type PassResult = "success" | "requeue_after" | "error" | "terminal_error";

const defaultWorkers = 4;
const defaultSettleMs = 20;
const actionTimeoutMs = 10_000;

type AnySpec = ControllerSpec<KubeObject, unknown, unknown>;

/** Whether an update of the root matters: anything but its status. */
function rootChanged(before: KubeObject, after: KubeObject): boolean {
  const a = before.metadata;
  const b = after.metadata;
  return (
    a.uid !== b.uid ||
    a.generation !== b.generation ||
    a.deletionTimestamp !== b.deletionTimestamp ||
    !deepEqual(a.labels, b.labels) ||
    !deepEqual(a.annotations, b.annotations) ||
    !deepEqual(a.finalizers, b.finalizers)
  );
}

export class Controller {
  readonly #spec: AnySpec;
  readonly #deps: ControllerDependencies;
  readonly #queue: Workqueue;
  readonly #failures = new Map<string, readonly WriteFailure[]>();
  readonly #reader: Reader;
  #workers: Promise<void>[] = [];

  constructor(spec: AnySpec, deps: ControllerDependencies) {
    this.#spec = spec;
    this.#deps = deps;
    this.#queue = new Workqueue(deps.clock);
    this.#reader = this.#makeReader(deps.cache);
    this.#watchRoots();
    for (const kind of spec.owns) this.#watchOwned(deps.cache, kind);
    for (const { kind, map } of spec.watches ?? []) {
      deps.cache.storeOf(kind).onChange((_, object) => {
        for (const request of map(object)) this.#queue.addAfter(keyOfRequest(request), this.#settleMs);
      });
    }
  }

  get name(): string {
    return this.#spec.name;
  }

  get depth(): number {
    return this.#queue.depth;
  }

  start(): void {
    this.#workers = Array.from({ length: this.#spec.workers ?? defaultWorkers }, () => this.#work());
  }

  /** Finishes the passes under way; takes no new ones. */
  async stop(): Promise<void> {
    this.#queue.close();
    await Promise.all(this.#workers);
  }

  get #settleMs(): number {
    return this.#deps.settleMs ?? defaultSettleMs;
  }

  #watchRoots(): void {
    const { root, rootChanged: changed = rootChanged } = this.#spec;
    this.#deps.cache.storeOf(root).onChange((change, object, before) => {
      if (change === "deleted") this.#forget(object);
      if (change === "updated" && before && !changed(before, object)) return;
      this.#queue.add(keyOf(object));
    });
  }

  #watchOwned(cache: Cache, kind: AnySpec["owns"][number]): void {
    cache.storeOf(kind).onChange((_, object, before) => {
      for (const version of before ? [object, before] : [object]) {
        const owner = controllerOf(version);
        if (owner?.kind !== this.#spec.root.kind) continue;
        this.#queue.addAfter(keyOfRequest({ namespace: object.metadata.namespace, name: owner.name }), this.#settleMs);
      }
    });
  }

  #forget(root: KubeObject): void {
    const uid = root.metadata.uid ?? "";
    this.#failures.delete(uid);
    this.#deps.actions.forget(uid);
    this.#queue.forget(keyOf(root));
  }

  #makeReader(cache: Cache): Reader {
    return {
      get: <T extends KubeObject>(kind: Parameters<Cache["storeOf"]>[0], namespace: string | undefined, name: string) =>
        cache.storeOf(kind).get(namespace, name) as T | undefined,
      list: <T extends KubeObject>(kind: Parameters<Cache["storeOf"]>[0], filter = {}) =>
        cache.storeOf(kind).list(filter) as readonly T[],
      failures: (root) => this.#failures.get(root.metadata.uid ?? "") ?? [],
      observation: (root, key) => this.#deps.actions.observation(root.metadata.uid ?? "", key),
    };
  }

  async #work(): Promise<void> {
    for (let key = await this.#queue.get(); key !== undefined; key = await this.#queue.get()) {
      const started = performance.now();
      const result = await this.#safely(key);
      this.#deps.onPass?.(this.#spec.name, result, (performance.now() - started) / 1000);
      this.#queue.done(key);
    }
  }

  async #safely(key: string): Promise<PassResult> {
    try {
      const requeueAfterMs = await this.#pass(key);
      this.#queue.forget(key);
      if (requeueAfterMs === undefined) return "success";
      this.#queue.addAfter(key, requeueAfterMs);
      return "requeue_after";
    } catch (error) {
      const terminal = error instanceof TerminalError;
      const level = isConflict(error) ? "debug" : "error";
      this.#deps.log[level]("pass failed", {
        controller: this.#spec.name,
        key,
        error: errorText(error),
        stack: (error as Error).stack,
      });
      if (terminal) return "terminal_error";
      this.#queue.addRateLimited(key);
      return "error";
    }
  }

  /** One pass; answers after how many milliseconds to look again, if at all. */
  async #pass(key: string): Promise<number | undefined> {
    const slash = key.indexOf("/");
    const [namespace, name] = slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
    let root = this.#deps.cache.storeOf(this.#spec.root).get(namespace, name);
    if (!root || this.#spec.manages?.(root) === false) return undefined;
    const plan = await this.#planFor(root, async (next) => (root = next));
    return plan && this.#apply(root, plan);
  }

  /** Undefined when there is nothing for us to do about this root. */
  async #planFor(
    root: KubeObject,
    replaced: (root: KubeObject) => Promise<unknown>,
  ): Promise<Plan<unknown> | undefined> {
    const { finalizer, planDeletion } = this.#spec;
    const has = finalizer !== undefined && root.metadata.finalizers?.includes(finalizer.name) === true;
    const now = this.#deps.clock.now();
    if (root.metadata.deletionTimestamp) {
      return has && planDeletion
        ? planDeletion.call(this.#spec, root, this.#spec.observe(root, this.#reader), now)
        : undefined;
    }
    let current = root;
    if (finalizer && !has && finalizer.needs?.(root) !== false) {
      current = await this.#setFinalizers(root, [...(root.metadata.finalizers ?? []), finalizer.name]);
      await replaced(current);
    }
    return this.#spec.plan(current, this.#spec.observe(current, this.#reader), now);
  }

  #setFinalizers(root: KubeObject, finalizers: readonly string[]): Promise<KubeObject> {
    // The version makes a concurrent change of the same list a conflict instead of a loss.
    const patch = { metadata: { finalizers, resourceVersion: root.metadata.resourceVersion } };
    return patchRoot(this.#deps, this.#spec.root, root, patch);
  }

  async #apply(before: KubeObject, plan: Plan<unknown>): Promise<number | undefined> {
    const { root: kind } = this.#spec;
    let root = before;
    const uid = root.metadata.uid ?? "";
    this.#startActions(root, plan);
    if (plan.patchRoot) root = await patchRoot(this.#deps, kind, root, plan.patchRoot);
    const { failures, events } = await applyWrites(this.#deps, plan);
    if (failures.length > 0) this.#failures.set(uid, failures);
    else this.#failures.delete(uid);
    for (const event of events) this.#deps.recorder.record(root, event);
    if (failures.length > 0) return this.#applyFailed(root, failures);
    await this.#finish(root, plan);
    return plan.requeueAfterMs;
  }

  async #finish(root: KubeObject, plan: Plan<unknown>): Promise<void> {
    const { root: kind, finalizer } = this.#spec;
    try {
      if (plan.status !== undefined) await writeStatus(this.#deps, kind, root, plan.status);
      for (const event of plan.events) this.#deps.recorder.record(root, event);
      if (!plan.releaseFinalizer || !finalizer) return;
      const current = this.#deps.cache.storeOf(kind).get(root.metadata.namespace, root.metadata.name ?? "") ?? root;
      await this.#setFinalizers(
        current,
        (current.metadata.finalizers ?? []).filter((name) => name !== finalizer.name),
      );
    } catch (error) {
      // The root went away under us: nothing is left to write to.
      if (!isNotFound(error)) throw error;
    }
  }

  /** Some writes failed: the status of a second look, which sees the failures, is what is true now. */
  async #applyFailed(root: KubeObject, failures: readonly WriteFailure[]): Promise<never> {
    const current = this.#deps.cache.storeOf(this.#spec.root).get(root.metadata.namespace, root.metadata.name ?? "");
    if (current && !current.metadata.deletionTimestamp) {
      const again = this.#spec.plan(current, this.#spec.observe(current, this.#reader), this.#deps.clock.now());
      if (again.status !== undefined) await writeStatus(this.#deps, this.#spec.root, current, again.status);
    }
    throw new Error(failures.map(({ reason, message }) => `${reason}: ${message}`).join("; "));
  }

  #startActions(root: KubeObject, plan: Plan<unknown>): void {
    const key = keyOf(root);
    this.#deps.actions.want(plan.actions ?? [], {
      rootUid: root.metadata.uid ?? "",
      timeoutMs: this.#spec.actionTimeoutMs ?? actionTimeoutMs,
      run: async (action, signal) => this.#spec.act?.(action, root, signal),
      requeue: () => this.#queue.add(key),
    });
  }
}

const keyOfRequest = ({ namespace, name }: Request): string => (namespace ? `${namespace}/${name}` : name);
