/** Reading a YAML tree without losing where things are: aliases and merge keys are followed, nothing throws. Pure. */
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";

export function keyText(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

/** What an alias stands for; everything else as it is. */
export function follow(document: Document, node: unknown): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : (node as Node | null);
}

function isMerge(pair: Pair): boolean {
  return isScalar(pair.key) && typeof pair.key.value === "symbol" && pair.key.value.description === "<<";
}

/** A map's pairs with those of `<<: *anchor` behind its own; its own win. Merges within merges are not followed. */
export function pairsOf(document: Document, map: YAMLMap): readonly Pair[] {
  const pairs = map.items as readonly Pair[];
  if (!pairs.some(isMerge)) return pairs;
  const all = new Map(pairs.filter((pair) => !isMerge(pair)).map((pair) => [keyText(pair), pair]));
  for (const pair of pairs.filter(isMerge)) {
    const value = follow(document, pair.value);
    const sources = isSeq(value) ? value.items.map((item) => follow(document, item)) : [value];
    for (const source of sources.filter(isMap)) {
      for (const merged of source.items as readonly Pair[]) {
        if (!all.has(keyText(merged))) all.set(keyText(merged), merged);
      }
    }
  }
  return [...all.values()];
}

/** A value in the tree, its path, and the node to point at. */
export class Place {
  readonly node: Node | null;
  readonly path: string;
  /** What a message about this points at: a scalar itself, the key of anything larger. */
  readonly where: unknown;
  readonly #document: Document;

  constructor(document: Document, given: unknown, about: { readonly path: string; readonly key?: unknown }) {
    this.#document = document;
    this.node = follow(document, given);
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
  entries(): readonly (readonly [key: string, place: Place, keyNode: unknown])[] {
    if (!isMap(this.node)) return [];
    return pairsOf(this.#document, this.node).map((pair) => {
      const key = keyText(pair);
      const path = this.path ? `${this.path}.${key}` : key;
      return [key, new Place(this.#document, pair.value, { path, key: pair.key }), pair.key] as const;
    });
  }

  /** Items of a list; none for anything else. */
  items(): readonly Place[] {
    if (!isSeq(this.node)) return [];
    return this.node.items.map((item, index) => new Place(this.#document, item, { path: `${this.path}[${index}]` }));
  }

  get(...keys: readonly string[]): Place | undefined {
    const [first, ...rest] = keys;
    if (first === undefined) return this;
    return this.entries()
      .find(([key]) => key === first)?.[1]
      .get(...rest);
  }
}
