/** Finds roots by the keys under which other objects know them (a cluster's name, an id), within a namespace. */
import { keyOf, type KubeObject } from "../meta/object.ts";
import { KeyIndex } from "../kube/key-index.ts";
import type { Change } from "../kube/store.ts";
import type { Request, RootsOf } from "./spec.ts";

export class RootKeys {
  readonly #keysOf: (root: KubeObject) => readonly string[];
  readonly #index = new KeyIndex();

  constructor(keysOf: ((root: KubeObject) => readonly string[]) | undefined) {
    this.#keysOf = keysOf ?? (() => []);
  }

  seen(change: Change, root: KubeObject, before: KubeObject | undefined): void {
    if (before) for (const key of this.#placesOf(before)) this.#index.remove(key, keyOf(before));
    if (change === "deleted") return;
    for (const key of this.#placesOf(root)) this.#index.add(key, keyOf(root));
  }

  /** Each key twice: within the namespace, and for those who know none. */
  #placesOf(root: KubeObject): readonly string[] {
    const places = new Set([root.metadata.namespace, undefined]);
    return this.#keysOf(root).flatMap((key) => [...places].map((namespace) => inNamespace(namespace, key)));
  }

  readonly rootsOf: RootsOf = (namespace, key) =>
    key === undefined ? [] : [...this.#index.keys(inNamespace(namespace, key))].map(requestOf);
}

const inNamespace = (namespace: string | undefined, key: string): string => `${namespace ?? ""}/${key}`;

function requestOf(key: string): Request {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
