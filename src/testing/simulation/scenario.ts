/** A story that an operator lives through: what is done to its objects, step by step, each when everything has come to rest. */
import { Job as JobKind, Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Kind, KubeObject, UnknownObject } from "../../meta/object.ts";
import { pathOf } from "../../kube/client.ts";
import { storageOf } from "../../local/apiserver/kinds/registry.ts";
import type { AnyControllerSpec } from "../../runtime/spec.ts";
import type { Cluster } from "./cluster.ts";
import type { Faults } from "./faults.ts";
import { objectsIn } from "./state.ts";

export interface Scenario {
  readonly name: string;
  /** The controllers of one process, made anew for each. */
  readonly controllers: (world: World) => readonly AnyControllerSpec[];
  readonly steps: readonly Step[];
  /** The steps follow each other at once: only the last is followed by rest. */
  readonly isHasty?: boolean;
  /** What must be true at the end of a run without faults: that the story was told to its end. */
  readonly check?: (world: World) => void;
  /** What else must be the same at the end of every run: what others were asked to do. */
  readonly told?: (world: World) => readonly string[];
  /** Of these a run with faults may make more than one without, where that is meant: resource and name, as in `made`. */
  readonly remakes?: RegExp;
  /** Text that may differ from run to run at the end. */
  readonly ignores?: RegExp;
  /** Must be true at the end of every run; answers what is not. */
  readonly invariant?: (world: World) => readonly string[];
}

export type Step = (world: World) => Promise<unknown> | void;

/** What happens around the operator in one run. */
export class World {
  readonly cluster: Cluster;
  readonly namespace: string;

  readonly #stops: (() => void)[] = [];

  readonly #faults: Faults;
  readonly #memory = new Map<string, unknown>();
  #calls = 0;

  constructor(cluster: Cluster, namespace: string, faults: Faults) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.#faults = faults;
  }

  /** Of what a scenario remembers of its run, the one of this name: made when it is first asked for. */
  remember<T>(name: string, make: () => T): T {
    const known = this.#memory.has(name) ? (this.#memory.get(name) as T) : make();
    this.#memory.set(name, known);
    return known;
  }

  get calls(): number {
    return this.#calls;
  }

  /** Somebody outside the cluster is asked to do something. */
  async call<T>(work: () => T): Promise<T> {
    this.#calls++;
    const fault = this.#faults.calls?.[this.#calls];
    if (fault === "refused") throw new Error("simulated: refused");
    const answer = work();
    if (fault === "lost") throw new Error("simulated: the answer was lost");
    return answer;
  }

  create(kind: Kind, object: KubeObject): Promise<KubeObject> {
    const metadata = { ...object.metadata, namespace: this.namespace };
    return this.cluster.client.create(kind, { ...object, metadata });
  }

  patch(kind: Kind, name: string, patch: unknown, subresource?: "status"): Promise<UnknownObject> {
    const ref = { kind, namespace: this.namespace, name };
    return this.cluster.client.patch(ref, patch, { type: "merge", ...(subresource && { subresource }) });
  }

  remove(kind: Kind, name: string): Promise<unknown> {
    return this.cluster.client.delete({ kind, namespace: this.namespace, name });
  }

  get<T extends KubeObject>(kind: Kind, name: string): T {
    const found = this.list<T>(kind).find(({ metadata }) => metadata.name === name);
    if (!found) throw new Error(`there is no ${pathOf(kind, this.namespace, name)}`);
    return found;
  }

  list<T extends KubeObject>(kind: Kind, labels: Readonly<Record<string, string>> = {}): readonly T[] {
    const isMeant = ({ kind: name, metadata }: KubeObject) =>
      name === kind.kind && Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
    return this.all().filter(isMeant) as readonly KubeObject[] as readonly T[];
  }

  /** Everything in the namespace, events apart. */
  all(): readonly UnknownObject[] {
    return objectsIn(this.cluster.store, this.namespace);
  }

  /** Calls `listener` for every object of a kind that is made or changed, to the end of the run. */
  onChange<T extends KubeObject>(kind: Kind, listener: (object: T) => void): void {
    const { store } = this.cluster;
    this.#stops.push(store.watch(storageOf(kind), store.version, ({ object }) => listener(object as KubeObject as T)));
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  names(kind: Kind): readonly string[] {
    return this.list(kind).map(({ metadata }) => metadata.name ?? "");
  }

  /** Pods that have not ended, by their labels. */
  livePods(labels: Readonly<Record<string, string>> = {}): readonly Pod[] {
    return this.list<Pod>(PodKind, labels).filter(
      ({ metadata, status }) =>
        !metadata.deletionTimestamp && status?.phase !== "Succeeded" && status?.phase !== "Failed",
    );
  }

  /** Ends the one container of pods. */
  async endPods(pods: readonly Pod[], exitCode = 0): Promise<void> {
    if (pods.length === 0) throw new Error("there is no pod to end");
    const finishedAt = this.cluster.clock.now().toISOString().replace(/\.\d+/, "");
    const terminated = { exitCode, finishedAt, reason: exitCode === 0 ? "Completed" : "Error" };
    const phase = exitCode === 0 ? "Succeeded" : "Failed";
    for (const { metadata, spec } of pods) {
      const state = { name: spec.containers[0]?.name, image: "", imageID: "", ready: false, restartCount: 0 };
      const status = { phase, conditions: [], containerStatuses: [{ ...state, state: { terminated } }] };
      await this.patch(PodKind, metadata.name ?? "", { status }, "status");
    }
  }

  endJob(name: string, exitCode = 0): Promise<void> {
    this.get(JobKind, name);
    return this.endPods(this.livePods({ "batch.kubernetes.io/job-name": name }), exitCode);
  }
}

/** A step that only lets time pass. */
export const wait =
  (seconds: number): Step =>
  (world) =>
    world.cluster.pass(seconds * 1000);
