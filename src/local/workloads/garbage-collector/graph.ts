/** Who owns whom, over all kinds: only what deletion needs of each object, indexed by uid, owner and namespace. */
import type { Kind, KubeObject, OwnerReference } from "../../../meta/object.ts";

export interface GraphNode {
  readonly kind: Kind;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
  readonly finalizers: readonly string[];
  readonly deleting: boolean;
}

export function nodeOf(kind: Kind, { metadata }: KubeObject): GraphNode {
  return {
    kind,
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
    name: metadata.name ?? "",
    uid: metadata.uid ?? "",
    owners: metadata.ownerReferences ?? [],
    finalizers: metadata.finalizers ?? [],
    deleting: metadata.deletionTimestamp !== undefined,
  };
}

/** Gone uids that are remembered, so that their dependents need no request to find out. */
const maxGone = 20_000;

export class ObjectGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();
  readonly #namespaces = new Map<string, Set<string>>();
  readonly #gone = new Set<string>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  isGone(uid: string): boolean {
    return this.#gone.has(uid);
  }

  /** Objects that name `uid` as an owner. */
  dependents(uid: string): readonly GraphNode[] {
    return this.#resolve(this.#dependents.get(uid));
  }

  inNamespace(namespace: string): readonly GraphNode[] {
    return this.#resolve(this.#namespaces.get(namespace));
  }

  put(node: GraphNode): void {
    const before = this.#nodes.get(node.uid);
    if (before) this.#unindex(before);
    this.#nodes.set(node.uid, node);
    for (const { uid } of node.owners) addTo(this.#dependents, uid, node.uid);
    if (node.namespace !== undefined) addTo(this.#namespaces, node.namespace, node.uid);
  }

  remove(uid: string): void {
    const before = this.#nodes.get(uid);
    if (!before) return;
    this.#unindex(before);
    this.#nodes.delete(uid);
    this.#gone.add(uid);
    const [oldest] = this.#gone;
    if (this.#gone.size > maxGone && oldest !== undefined) this.#gone.delete(oldest);
  }

  #resolve(uids: ReadonlySet<string> | undefined): readonly GraphNode[] {
    return [...(uids ?? [])].map((uid) => this.#nodes.get(uid)).filter((node) => node !== undefined);
  }

  #unindex(node: GraphNode): void {
    for (const { uid } of node.owners) removeFrom(this.#dependents, uid, node.uid);
    if (node.namespace !== undefined) removeFrom(this.#namespaces, node.namespace, node.uid);
  }
}

function addTo(index: Map<string, Set<string>>, key: string, uid: string): void {
  const set = index.get(key);
  if (set) set.add(uid);
  else index.set(key, new Set([uid]));
}

function removeFrom(index: Map<string, Set<string>>, key: string, uid: string): void {
  const set = index.get(key);
  set?.delete(uid);
  if (set?.size === 0) index.delete(key);
}
