/**
 * Deletes namespaces: empties them of every kind, then takes the finalizer `kubernetes` off, on which the API server
 * removes them. Event-driven: each object that goes requeues its namespace.
 */
import { Event, LegacyEvent, Namespace } from "../../../api/core/kinds.ts";
import type { KubeObject } from "../../../meta/object.ts";
import { isConflict, isNotFound } from "../../../kube/errors.ts";
import { errorText } from "../../../runtime/log.ts";
import { Workqueue } from "../../../runtime/workqueue.ts";
import type { AllKinds } from "../garbage-collector/all-kinds.ts";
import type { GraphNode } from "../garbage-collector/graph.ts";

interface NamespaceObject extends KubeObject {
  readonly spec?: { readonly finalizers?: readonly string[] };
}

const ownFinalizer = "kubernetes";
/** Objects go in bursts; a look at each would ask for the deletion of all that are just going. */
const settleMs = 30;

export class NamespaceLifecycle {
  readonly #all: AllKinds;
  readonly #queue: Workqueue;
  readonly #terminating = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  constructor(all: AllKinds) {
    this.#all = all;
    this.#queue = new Workqueue({ clock: all.clock });
    all.onChange((node, before) => this.#changed(node, before));
  }

  /** Call when the graph is complete: a namespace that looks empty in it is taken for empty. */
  start(): void {
    this.#running = this.#work();
  }

  async stop(): Promise<void> {
    this.#queue.close();
    await this.#running;
  }

  #changed(node: GraphNode | undefined, before: GraphNode | undefined): void {
    const subject = node ?? before;
    if (subject?.kind.kind === Namespace.kind && subject.kind.group === Namespace.group) {
      if (node?.deleting) this.#terminating.add(subject.name);
      else this.#terminating.delete(subject.name);
      if (node?.deleting) this.#queue.add(subject.name);
    }
    const { namespace } = subject ?? {};
    if (namespace !== undefined && this.#terminating.has(namespace)) this.#queue.addAfter(namespace, settleMs);
  }

  async #work(): Promise<void> {
    for (let name = await this.#queue.get(); name !== undefined; name = await this.#queue.get()) {
      try {
        if (this.#terminating.has(name)) await this.#empty(name);
        this.#queue.forget(name);
      } catch (error) {
        const level = isConflict(error) ? "debug" : "warn";
        this.#all.log[level]("cannot empty the namespace; retrying", { namespace: name, error: errorText(error) });
        this.#queue.addRateLimited(name);
      }
      this.#queue.done(name);
    }
  }

  async #empty(namespace: string): Promise<void> {
    const { client, graph } = this.#all;
    const left = graph.inNamespace(namespace);
    await Promise.all(left.filter(({ deleting }) => !deleting).map((node) => this.#delete(node)));
    if (left.length > 0) return;
    for (const kind of [LegacyEvent, Event]) await ignoreMissing(client.deleteCollection(kind, { namespace }));
    await ignoreMissing(this.#finalize(namespace));
  }

  async #delete({ kind, namespace, name, uid }: GraphNode): Promise<void> {
    const ref = { kind, name, uid, ...(namespace !== undefined && { namespace }) };
    await ignoreMissing(this.#all.client.delete(ref, { propagationPolicy: "Background" }));
  }

  async #finalize(name: string): Promise<void> {
    const { client } = this.#all;
    const live = await client.get<NamespaceObject>({ kind: Namespace, name });
    const finalizers = live.spec?.finalizers ?? [];
    if (!live.metadata.deletionTimestamp || !finalizers.includes(ownFinalizer)) return;
    const spec = { ...live.spec, finalizers: finalizers.filter((finalizer) => finalizer !== ownFinalizer) };
    await client.update(Namespace, { ...live, spec }, { subresource: "finalize" });
  }
}

async function ignoreMissing(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
