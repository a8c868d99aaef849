/**
 * Runs one ControllerSpec: takes keys from the queue, reconciles each (observe → plan → apply → status →
 * events → actions), and failures into backoff. Finalizers, deletion and `managedBy` are handled here, once, for every
 * controller.
 */
import { keyOf, type KubeObject } from "../meta/object.ts";
import { isConflict, isNotFound, KubeError } from "../kube/errors.ts";
import type { ActionPool } from "./action-pool.ts";
import { type Applier, applyWrites } from "./apply-plan.ts";
import type { Clock } from "./clock.ts";
import type { EventRecorder } from "./event-recorder.ts";
import { errorText, type Logger } from "./log.ts";
import type { ReconcileResult, RuntimeMetrics } from "./runtime-metrics.ts";
import type { Asked, Plan, WriteFailure } from "./plan.ts";
import { readerOf } from "./reader.ts";
import { checkRights } from "./rights.ts";
import { connectSources } from "./sources.ts";
import type { ControllerSpec, Reader } from "./spec.ts";
import { joinSteps } from "./steps.ts";
import { checkUnread } from "./unread-fields.ts";
import { TerminalError } from "./terminal-error.ts";
import { Workqueue } from "./workqueue.ts";
import { patchRoot, setFinalizers, writeStatus } from "./write-root.ts";

export interface ControllerDependencies extends Applier {
  readonly clock: Clock;
  readonly log: Logger;
  readonly recorder: EventRecorder;
  readonly actions: ActionPool;
  readonly metrics?: RuntimeMetrics;
  /** Changes of children within this time become one reconcile; 30 ms when absent. */
  readonly settleMs?: number;
}

const defaultWorkers = 4;
const defaultSettleMs = 30;
const defaultActionTimeoutMs = 10_000;
const release: Plan<never> = { apply: [], remove: [], events: [], releaseFinalizer: true };

type AnySpec = ControllerSpec<KubeObject, unknown, unknown>;

export class Controller {
  readonly #spec: AnySpec;
  readonly #deps: ControllerDependencies;
  readonly #queue: Workqueue;
  readonly #failures = new Map<string, readonly WriteFailure[]>();
  readonly #reader: Reader;
  /** Keys of roots that have lost something of theirs: maybe it went with its owner, of whose end we have not heard yet. */
  readonly #doubtful = new Set<string>();
  #workers: Promise<void>[] = [];

  constructor(spec: AnySpec, deps: ControllerDependencies) {
    this.#spec = spec;
    this.#deps = deps;
    const { cache, clock, metrics, actions, log } = deps;
    const settleMs = spec.settleMs ?? deps.settleMs ?? defaultSettleMs;
    this.#queue = new Workqueue({ clock, observer: metrics?.queue(spec.name, () => this.#queue) });
    this.#reader = readerOf(spec, cache, {
      failures: (root) => this.#failures.get(uidOf(root)) ?? [],
      answer: (root, action) => actions.answer(this.#slot(root), action),
    });
    const sink = {
      now: (key: string) => this.#queue.add(key),
      soon: (key: string) => this.#queue.addAfter(key, settleMs),
      lost: (key: string) => this.#doubtful.add(key),
      gone: (root: KubeObject) => this.#forget(root),
    };
    connectSources(spec, cache, sink, log);
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

  /** Finishes the reconciles under way; takes no new ones. */
  async stop(): Promise<void> {
    this.#queue.close();
    await Promise.all(this.#workers);
  }

  #forget(root: KubeObject): void {
    this.#failures.delete(uidOf(root));
    this.#deps.actions.forget(this.#slot(root));
    this.#queue.forget(keyOf(root));
    this.#doubtful.delete(keyOf(root));
  }

  /** Two controllers may act for one root, each with keys of its own. */
  #slot(root: KubeObject): string {
    return `${this.#spec.name}/${uidOf(root)}`;
  }

  async #work(): Promise<void> {
    for (let key = await this.#queue.get(); key !== undefined; key = await this.#queue.get()) {
      const started = performance.now();
      const result = await this.#safely(key);
      this.#deps.metrics?.reconciled(this.#spec.name, result, (performance.now() - started) / 1000);
      this.#queue.done(key);
    }
  }

  async #safely(key: string): Promise<ReconcileResult> {
    try {
      const requeueAfterMs = await this.#reconcile(key);
      this.#queue.forget(key);
      if (requeueAfterMs === undefined) return "success";
      // Never within the same turn of the event loop: a plan that always asks for another reconcile must not starve the others.
      this.#queue.addAfter(key, Math.max(1, requeueAfterMs));
      return "requeue_after";
    } catch (error) {
      this.#report(key, error);
      if (error instanceof TerminalError) {
        this.#queue.forget(key);
        return "terminal_error";
      }
      this.#queue.addRateLimited(key);
      return "error";
    }
  }

  #report(key: string, error: unknown): void {
    const fields = { key, error: errorText(error) };
    if (isConflict(error)) return this.#deps.log.debug("conflict; requeued", fields);
    // A stack says nothing about an answer of the server, and everything about a mistake of ours.
    const expected = error instanceof KubeError || error instanceof WritesFailed || error instanceof TerminalError;
    const stack = expected || !(error instanceof Error) ? {} : { stack: error.stack };
    this.#deps.log.error("Reconciler error", { ...fields, ...stack });
  }

  /** One reconcile; answers after how many milliseconds to requeue, if at all. */
  async #reconcile(key: string): Promise<number | undefined> {
    const slash = key.indexOf("/");
    const [namespace, name] = slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)];
    const root = this.#reader.get(this.#spec.root, namespace, name);
    if (!root) return undefined;
    try {
      const managed = this.#spec.manages?.(root) !== false;
      const ready = managed ? await this.#withFinalizer(root) : root;
      const plan = managed ? this.#plan(ready) : undefined;
      if (plan && this.#isDoubtful(key, plan)) return await this.#confirm(key, ready);
      if (plan) return await this.#carryOut(ready, plan);
      this.#deps.actions.want([], this.#runner(root));
      return undefined;
    } catch (error) {
      if (!isNotFound(error) || error.status.details?.name !== name) throw error;
      // The root went away under us: nothing is left to write to, nor to make anything for.
      this.#deps.cache.drop(this.#spec.root, root);
      return undefined;
    }
  }

  /** Making again what the garbage collector takes away would go on until the root's deletion is told. */
  #isDoubtful(key: string, { apply }: Plan<unknown>): boolean {
    return this.#doubtful.has(key) && apply.some(({ mode }) => mode !== "patch");
  }

  /** A reconcile of the root as the server has it, if it still has it. */
  async #confirm(key: string, root: KubeObject): Promise<number | undefined> {
    const { client, cache } = this.#deps;
    const { root: kind } = this.#spec;
    const { name = "", namespace } = root.metadata;
    const live = await client.get<KubeObject>({ kind, name, ...(namespace && { namespace }) });
    if (uidOf(live) !== uidOf(root)) cache.drop(kind, root);
    cache.put(kind, live);
    this.#doubtful.delete(key);
    if (uidOf(live) !== uidOf(root)) return undefined;
    const plan = this.#plan(live);
    return plan && this.#carryOut(live, plan);
  }

  #has(root: KubeObject): boolean {
    const { finalizer } = this.#spec;
    return finalizer !== undefined && root.metadata.finalizers?.includes(finalizer.name) === true;
  }

  async #withFinalizer(root: KubeObject): Promise<KubeObject> {
    const { finalizer, root: kind } = this.#spec;
    if (!finalizer || this.#has(root) || root.metadata.deletionTimestamp) return root;
    if (finalizer.needs?.(root) === false) return root;
    return setFinalizers(this.#deps, kind, root, [...(root.metadata.finalizers ?? []), finalizer.name]);
  }

  /** Undefined when there is nothing for us to do about this root. */
  #plan(root: KubeObject): Plan<unknown> | undefined {
    const spec = this.#spec;
    const deleting = root.metadata.deletionTimestamp !== undefined;
    if (deleting && !this.#has(root)) return undefined;
    if (deleting && !spec.planDeletion) return release;
    const world = spec.observe(root, this.#reader);
    const now = this.#deps.clock.now();
    const plan = joinSteps((deleting ? spec.planDeletion?.(root, world, now) : spec.plan(root, world, now)) ?? []);
    checkRights(spec, plan);
    checkUnread(spec, plan.apply);
    return plan;
  }

  async #carryOut(root: KubeObject, plan: Plan<unknown>): Promise<number | undefined> {
    const { recorder } = this.#deps;
    const patched = plan.patchRoot ? await patchRoot(this.#deps, this.#spec.root, root, plan.patchRoot) : root;
    const before = this.#reader.failures(root);
    const { failures, events, conflict } = await applyWrites(this.#deps, patched, plan);
    recorder.record(root, ...events);
    if (failures.length > 0) this.#failures.set(uidOf(root), failures);
    else this.#failures.delete(uidOf(root));
    // What the status says of the writes is not true yet, and no failure either.
    if (conflict && failures.length === 0) throw conflict;
    // With failures, or without them again, what is true now is what a second plan says; its writes are the next reconcile's.
    const isNews = failures.length > 0 || before.length > 0;
    const current = isNews ? this.#latest(patched) : patched;
    const told = isNews ? (this.#plan(current) ?? plan) : plan;
    // A finalizer goes only after every write of the plan that lets it go.
    await this.#finish(current, isNews ? { ...told, releaseFinalizer: false } : told);
    if (failures.length > 0) throw new WritesFailed(failures);
    return isNews ? 0 : told.requeueAfterMs;
  }

  #latest(root: KubeObject): KubeObject {
    const cached = this.#reader.get(this.#spec.root, root.metadata.namespace, root.metadata.name ?? "");
    return cached && uidOf(cached) === uidOf(root) ? cached : root;
  }

  async #finish(root: KubeObject, plan: Plan<unknown>): Promise<void> {
    const { root: kind, finalizer } = this.#spec;
    const { recorder, actions } = this.#deps;
    if (plan.status !== undefined) await writeStatus(this.#deps, kind, root, plan.status);
    recorder.record(root, ...plan.events);
    // After the status: an action may depend on what was written there (the id of a submission).
    actions.want(plan.actions ?? [], this.#runner(root));
    if (!plan.releaseFinalizer || !finalizer) return;
    const current = this.#latest(root);
    const left = (current.metadata.finalizers ?? []).filter((name) => name !== finalizer.name);
    if (this.#has(current)) await setFinalizers(this.#deps, kind, current, left);
  }

  #performer(action: string) {
    return this.#spec.actions?.find((performer) => performer.action.name === action);
  }

  #runner(root: KubeObject) {
    const key = keyOf(root);
    return {
      rootUid: this.#slot(root),
      timeoutMs: (action: string) => this.#performer(action)?.action.timeoutMs ?? defaultActionTimeoutMs,
      run: async ({ action, question }: Asked, signal: AbortSignal) => {
        const performer = this.#performer(action);
        if (!performer) throw new Error(`controller ${this.#spec.name} cannot carry out action ${action} here`);
        return performer.run(question, { root, signal });
      },
      requeue: () => this.#queue.add(key),
    };
  }
}

const uidOf = (object: KubeObject): string => object.metadata.uid ?? "";

/** Writes of a reconcile failed; the messages are those of the server. */
class WritesFailed extends Error {
  constructor(failures: readonly WriteFailure[]) {
    super(failures.map(({ reason, message }) => `${reason}: ${message}`).join("; "));
    this.name = "WritesFailed";
  }
}
