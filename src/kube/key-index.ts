/** A secondary index of a store: from a value (a namespace, a controller's uid, a label's value) to object keys. */
const none: ReadonlySet<string> = new Set();

export class KeyIndex {
  readonly #sets = new Map<string, Set<string>>();

  add(value: string, key: string): void {
    const set = this.#sets.get(value);
    if (set) set.add(key);
    else this.#sets.set(value, new Set([key]));
  }

  remove(value: string, key: string): void {
    const set = this.#sets.get(value);
    set?.delete(key);
    if (set?.size === 0) this.#sets.delete(value);
  }

  keys(value: string): ReadonlySet<string> {
    return this.#sets.get(value) ?? none;
  }
}
