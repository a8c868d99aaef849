/** A manifest's values by name, without losing where in the text they are; nothing throws. Pure. */
import { isMap, isScalar, isSeq, type Node } from "yaml";
import { type Aliases, follow, keyText, pairsOf } from "./aliases.ts";

/** A value in the tree, its path, and the node to point at. */
export class Field {
  readonly node: Node | null;
  readonly path: string;
  /** What a message about this points at: a scalar itself, the key of anything larger. */
  readonly where: unknown;
  readonly #aliases: Aliases;

  constructor(aliases: Aliases, given: unknown, about: { readonly path: string; readonly key?: unknown }) {
    this.#aliases = aliases;
    this.node = follow(aliases, given);
    this.path = about.path;
    this.where = isScalar(given) && given.value !== null ? given : (about.key ?? given);
  }

  /** The value of a scalar; undefined for anything else. */
  get value(): unknown {
    return isScalar(this.node) ? this.node.value : undefined;
  }

  get text(): string | undefined {
    return typeof this.value === "string" ? this.value : undefined;
  }

  get number(): number | undefined {
    return typeof this.value === "number" ? this.value : undefined;
  }

  /** Members of a map; none for anything else. */
  entries(): readonly (readonly [key: string, field: Field, keyNode: unknown])[] {
    if (!isMap(this.node)) return [];
    return pairsOf(this.#aliases, this.node).map((pair) => {
      const key = keyText(pair);
      const path = this.path ? `${this.path}.${key}` : key;
      return [key, new Field(this.#aliases, pair.value, { path, key: pair.key }), pair.key] as const;
    });
  }

  /** Items of a list; none for anything else. */
  items(): readonly Field[] {
    if (!isSeq(this.node)) return [];
    return this.node.items.map((item, index) => new Field(this.#aliases, item, { path: `${this.path}[${index}]` }));
  }

  get(...keys: readonly string[]): Field | undefined {
    const [first, ...rest] = keys;
    if (first === undefined) return this;
    return this.entries()
      .find(([key]) => key === first)?.[1]
      .get(...rest);
  }
}
