/**
 * Carries out the rounds of schedule.ts: event-driven, many pods a round. It wakes when a pod, node or claim changes in
 * a way that can matter, sends bindings in parallel, and writes why a pod waits, at most every few seconds per pod.
 */
import { Node as NodeKind, PersistentVolumeClaim, Pod as PodKind } from "../../api/core/kinds.ts";
import { isPodFinished, type Pod, type PodCondition } from "../../api/core/pod.ts";
import { formatTime } from "../../meta/condition.ts";
import { apiVersionOf, keyOf, type KubeObject } from "../../meta/object.ts";
import { type Client, pathOf } from "../../kube/client.ts";
import { checked } from "../../kube/create-client.ts";
import { isConflict, isNotFound } from "../../kube/errors.ts";
import { inParallel } from "../../machinery/in-parallel.ts";
import type { Cache } from "../../runtime/cache.ts";
import type { Clock } from "../../runtime/clock.ts";
import { EventRecorder } from "../../runtime/event-recorder.ts";
import { errorText, type Logger } from "../../runtime/log.ts";
import type { EventRecord } from "../../runtime/event-record.ts";
import type { Node } from "./node.ts";
import { planRound, type Round, schedulerName } from "./schedule.ts";

export interface SchedulerOptions {
  readonly client: Client;
  /** Shared with the manager, or the scheduler's own. */
  readonly cache: Cache;
  readonly clock: Clock;
  readonly log: Logger;
  /** Yields [0, 1). */
  readonly random: () => number;
}

export interface Scheduler {
  /** Call when the cache is synced; watches from then on. */
  start(): void;
  /** Resolves when the round under way has ended and its events are sent. */
  stop(): Promise<void>;
}

/** Changes within this time become one round. */
const gatherMs = 2;
/** An explanation that changed is written again after this long: free amounts change with every pod. */
const explainEveryMs = 10_000;
const retryMs = 1000;
const parallel = 32;

/** Makes a scheduler; it asks the cache for its kinds at once, so that waiting for the cache's sync covers them. */
export function createScheduler(options: SchedulerOptions): Scheduler {
  return new Rounds(options);
}

class Rounds implements Scheduler {
  readonly #options: SchedulerOptions;
  readonly #recorder: EventRecorder;
  /** Node by pod uid, for bindings sent and not yet seen in the cache. */
  readonly #assumed = new Map<string, string>();
  readonly #explained = new Map<string, { readonly at: number; readonly message: string }>();
  readonly #timers = new Set<() => void>();
  #gathering = false;
  #running: Promise<void> = Promise.resolve();
  #stopped = true;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { cache } = options;
    this.#recorder = new EventRecorder({ ...options, controller: schedulerName, instance: schedulerName });
    cache.storeOf(PodKind).onChange((change, pod, before) => {
      this.#podChanged(pod as Pod, change === "updated" ? (before as Pod) : undefined, change === "deleted");
    });
    cache.storeOf(NodeKind).onChange((change, node, before) => {
      if (change !== "updated" || !before || nodeChanged(before, node)) this.#wake(gatherMs);
    });
    cache.storeOf(PersistentVolumeClaim).onChange((change) => change === "updated" || this.#wake(gatherMs));
  }

  start(): void {
    this.#stopped = false;
    this.#wake(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#timers) cancel();
    await this.#running;
    await this.#recorder.flush();
  }

  #podChanged(pod: Pod, before: Pod | undefined, gone: boolean): void {
    const uid = pod.metadata.uid ?? "";
    if (gone || pod.spec.nodeName !== undefined) {
      this.#assumed.delete(uid);
      this.#explained.delete(uid);
    }
    if (!before || before.spec !== pod.spec || isPodFinished(pod) !== isPodFinished(before)) this.#wake(gatherMs);
  }

  #wake(ms: number): void {
    if (this.#stopped || (this.#gathering && ms <= gatherMs)) return;
    if (ms <= gatherMs) this.#gathering = true;
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(cancel);
      if (ms <= gatherMs) this.#gathering = false;
      this.#running = this.#running.then(() => (this.#stopped ? undefined : this.#round()));
    });
    this.#timers.add(cancel);
  }

  async #round(): Promise<void> {
    const { cache, clock } = this.#options;
    const claims = cache.storeOf(PersistentVolumeClaim).list();
    const round = planRound(
      {
        nodes: cache.storeOf(NodeKind).list(),
        pods: cache.storeOf(PodKind).list() as readonly Pod[],
        claims: new Set(claims.filter(({ metadata }) => !metadata.deletionTimestamp).map(keyOf)),
      },
      this.#assumed,
    );
    for (const { pod, node } of round.bind) this.#assumed.set(pod.metadata.uid ?? "", node);
    await inParallel(parallel, [
      ...round.bind.map((binding) => () => this.#bind(binding)),
      ...this.#worthWriting(round, clock.now().getTime()).map((wait) => () => this.#explain(wait)),
    ]);
  }

  async #bind({ pod, node }: Round["bind"][number]): Promise<void> {
    const { name = "", namespace, uid = "" } = pod.metadata;
    const target = { apiVersion: apiVersionOf(NodeKind), kind: NodeKind.kind, name: node };
    const body = { apiVersion: "v1", kind: "Binding", metadata: { name, namespace, uid }, target };
    await this.#attempt(pod, async ({ transport }) => {
      const request = { method: "POST", path: pathOf(PodKind, namespace, name, "binding"), body } as const;
      checked(request, await transport.request(request));
      this.#tell(pod, "Normal", "Scheduled", `Successfully assigned ${namespace}/${name} to ${node}`);
    });
  }

  /** Explanations that are new, or old enough to be written again; wakes later for those that are not. */
  #worthWriting({ wait }: Round, now: number): Round["wait"] {
    let soonest = Infinity;
    const due = wait.filter(({ pod, reason, message }) => {
      const known = this.#explained.get(pod.metadata.uid ?? "");
      const condition = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
      if (condition?.reason === reason && condition.message === message) return false;
      const left = known && condition?.reason === reason ? known.at + explainEveryMs - now : 0;
      if (left > 0) soonest = Math.min(soonest, left);
      return left <= 0;
    });
    if (soonest < Infinity) this.#wake(Math.max(soonest, gatherMs + 1));
    return due;
  }

  async #explain({ pod, reason, message }: Round["wait"][number]): Promise<void> {
    const { name = "", namespace, uid = "" } = pod.metadata;
    const now = this.#options.clock.now();
    this.#explained.set(uid, { at: now.getTime(), message });
    const conditions = withScheduled(pod.status?.conditions ?? [], { reason, message }, formatTime(now));
    await this.#attempt(pod, async (client) => {
      const ref = { kind: PodKind, namespace, name };
      // The list is written whole: a version that somebody else has changed must not be overwritten.
      const patch = { metadata: { uid, resourceVersion: pod.metadata.resourceVersion }, status: { conditions } };
      const answer = await client.patch<Pod>(ref, patch, { type: "merge", subresource: "status" });
      this.#options.cache.storeOf(PodKind).upsert(answer);
      if (reason === "Unschedulable") this.#tell(pod, "Warning", "FailedScheduling", message);
    });
  }

  /** A pod that went away or changed meanwhile is seen again by itself; anything else is tried again. */
  async #attempt(pod: Pod, write: (client: Client) => Promise<void>): Promise<void> {
    try {
      await write(this.#options.client);
    } catch (error) {
      this.#assumed.delete(pod.metadata.uid ?? "");
      this.#explained.delete(pod.metadata.uid ?? "");
      if (isNotFound(error)) return;
      const level = isConflict(error) ? "debug" : "warn";
      this.#options.log[level]("scheduling failed", { pod: keyOf(pod), error: errorText(error) });
      this.#wake(retryMs);
    }
  }

  #tell(pod: KubeObject, type: EventRecord["type"], reason: string, message: string): void {
    this.#recorder.record(pod, { type, reason, message, action: type === "Normal" ? "Binding" : "Scheduling" });
  }
}

/** Heartbeats change nothing that the scheduler reads. */
function nodeChanged(before: Node, after: Node): boolean {
  const facts = ({ metadata, spec, status }: Node) => [
    metadata.labels,
    metadata.annotations,
    metadata.deletionTimestamp,
    spec,
    status?.allocatable,
    status?.capacity,
    status?.conditions?.map(({ type, status }) => type + status),
  ];
  return JSON.stringify(facts(before)) !== JSON.stringify(facts(after));
}

function withScheduled(
  conditions: readonly PodCondition[],
  why: { readonly reason: string; readonly message: string },
  time: string,
): readonly PodCondition[] {
  const at = conditions.findIndex(({ type }) => type === "PodScheduled");
  const since = conditions[at]?.status === "False" ? conditions[at]?.lastTransitionTime : time;
  const next: PodCondition = { type: "PodScheduled", status: "False", ...why, lastTransitionTime: since ?? time };
  return at < 0 ? [...conditions, next] : conditions.with(at, next);
}
