/**
 * Objects that a write met, and that no selector of a cache takes: without them the name would look free on every
 * reconcile. Nobody watches them, so they are believed for a few minutes only.
 */
import { keyOf, type Kind, type KubeObject } from "../meta/object.ts";
import type { Clock } from "./clock.ts";

const believedMs = 5 * 60_000;
const most = 10_000;

interface Known {
  readonly object: KubeObject;
  readonly at: number;
}

const keyIn = ({ group, resource }: Kind, key: string) => `${group}/${resource}/${key}`;

export class UnselectedObjects {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(kind: Kind, namespace: string | undefined, name: string): KubeObject | undefined {
    const known = this.#known.get(keyIn(kind, namespace ? `${namespace}/${name}` : name));
    if (!known || this.#clock.now().getTime() - known.at > believedMs) return undefined;
    return known.object;
  }

  put(kind: Kind, object: KubeObject): void {
    const key = keyIn(kind, keyOf(object));
    this.#known.delete(key);
    this.#known.set(key, { object, at: this.#clock.now().getTime() });
    const [oldest] = this.#known.keys();
    if (this.#known.size > most && oldest !== undefined) this.#known.delete(oldest);
  }

  drop(kind: Kind, object: KubeObject): void {
    this.#known.delete(keyIn(kind, keyOf(object)));
  }
}
