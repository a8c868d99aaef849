/**
 * The garbage collector: deletes what has lost its owners, lets owners go when their dependents are gone, and orphans
 * on request. Event-driven over the graph of all objects; decide.ts holds the rules.
 */
import { deepEqual } from "../../../machinery/deep-equal.ts";
import type { KubeObject, OwnerReference } from "../../../meta/object.ts";
import { isConflict, isNotFound } from "../../../kube/errors.ts";
import { errorText } from "../../../runtime/log.ts";
import { Workqueue } from "../../../runtime/workqueue.ts";
import type { AllKinds } from "./all-kinds.ts";
import { decide, isWaiting, type OwnerState, type Step } from "./decide.ts";
import { type GraphNode, nodeOf } from "./graph.ts";

const workers = 8;

export class GarbageCollector {
  readonly #all: AllKinds;
  readonly #queue: Workqueue;
  #running: Promise<void>[] = [];

  constructor(all: AllKinds) {
    this.#all = all;
    this.#queue = new Workqueue({ clock: all.clock });
    all.onChange((node, before) => this.#changed(node, before));
  }

  /** Call when the graph is complete: what it lacks is taken for deleted. */
  start(): void {
    this.#running = Array.from({ length: workers }, () => this.#work());
  }

  async stop(): Promise<void> {
    this.#queue.close();
    await Promise.all(this.#running);
  }

  #changed(node: GraphNode | undefined, before: GraphNode | undefined): void {
    if (node && before && deepEqual(node, before)) return;
    if (node && (node.owners.length > 0 || node.deleting)) this.#queue.add(node.uid);
    const uid = node?.uid ?? before?.uid ?? "";
    if (!node || isWaiting(node))
      for (const dependent of this.#all.graph.dependents(uid)) this.#queue.add(dependent.uid);
    for (const owner of before?.owners ?? []) {
      const known = this.#all.graph.get(owner.uid);
      if (known?.deleting) this.#queue.add(known.uid);
    }
  }

  async #work(): Promise<void> {
    for (let uid = await this.#queue.get(); uid !== undefined; uid = await this.#queue.get()) {
      try {
        if (await this.#process(uid)) this.#queue.forget(uid);
        else this.#queue.addRateLimited(uid);
      } catch (error) {
        const level = isConflict(error) ? "debug" : "warn";
        this.#all.log[level]("garbage collection failed; retrying", { uid, error: errorText(error) });
        this.#queue.addRateLimited(uid);
      }
      this.#queue.done(uid);
    }
  }

  /** False: an owner is not in the graph yet, so that nothing would tell of its end. Requeue. */
  async #process(uid: string): Promise<boolean> {
    const { graph } = this.#all;
    const node = graph.get(uid);
    if (!node) return true;
    const owners = node.deleting ? [] : await Promise.all(node.owners.map((owner) => this.#stateOf(node, owner)));
    const steps = decide(node, { owners, dependents: graph.dependents(uid) });
    await Promise.all(steps.map((step) => this.#carryOut(step)));
    return (
      node.deleting || node.owners.every((owner, at) => owners[at] === "gone" || graph.get(owner.uid) !== undefined)
    );
  }

  async #stateOf(node: GraphNode, owner: OwnerReference): Promise<OwnerState> {
    const { graph } = this.#all;
    const known = graph.get(owner.uid);
    if (known) return isInReach(node, known) ? stateOf(known) : "gone";
    if (graph.isGone(owner.uid)) return "gone";
    return this.#askFor(node, owner);
  }

  /** The graph may be behind: only the API server can say that an owner is not there. An unknown kind is left alone. */
  async #askFor(node: GraphNode, owner: OwnerReference): Promise<OwnerState> {
    const kind = this.#all.kindNamed(owner.apiVersion, owner.kind);
    if (!kind || (kind.namespaced && node.namespace === undefined)) return "solid";
    const namespace = kind.namespaced ? node.namespace : undefined;
    try {
      const found = await this.#all.client.get({ kind, name: owner.name, ...(namespace && { namespace }) });
      return found.metadata.uid === owner.uid ? stateOf(nodeOf(kind, found)) : "gone";
    } catch (error) {
      if (isNotFound(error)) return "gone";
      throw error;
    }
  }

  async #carryOut(step: Step): Promise<void> {
    const { client } = this.#all;
    const { kind, namespace, name, uid } = step.node;
    const ref = { kind, name, uid, ...(namespace !== undefined && { namespace }) };
    try {
      if (step.type === "delete") {
        await client.delete(ref, { propagationPolicy: step.policy, preconditions: { uid } });
        return;
      }
      const live = await client.get<KubeObject>(ref);
      const patch = live.metadata.uid === uid ? patchOf(step, live) : undefined;
      if (patch) await client.patch(ref, patch, { type: "merge" });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

const stateOf = (owner: GraphNode): OwnerState => (isWaiting(owner) ? "waiting" : "solid");

/** A namespaced owner owns only in its own namespace. */
const isInReach = (node: GraphNode, owner: GraphNode): boolean =>
  owner.namespace === undefined || owner.namespace === node.namespace;

/** Carries the version, so that a change in between is a conflict and not a loss. */
function patchOf(step: Exclude<Step, { type: "delete" }>, { metadata }: KubeObject): unknown {
  const { resourceVersion, ownerReferences = [], finalizers = [] } = metadata;
  if (step.type === "release") {
    if (!finalizers.includes(step.finalizer)) return undefined;
    return { metadata: { resourceVersion, finalizers: finalizers.filter((name) => name !== step.finalizer) } };
  }
  const lost = new Set(step.owners.map(({ uid }) => uid));
  const left = ownerReferences.filter(({ uid }) => !lost.has(uid));
  return left.length === ownerReferences.length ? undefined : { metadata: { resourceVersion, ownerReferences: left } };
}
