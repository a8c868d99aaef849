/** Reading a YAML tree without losing where things are: aliases and merge keys are followed, nothing throws. Pure. */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
} from "yaml";

export function keyText(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

/** What the aliases of a document stand for. */
export type Aliases = ReadonlyMap<Alias, Node>;

/** In one walk through the document; an alias whose anchor is not above it is `dangling`. */
export function aliasesOf(document: Document): { readonly aliases: Aliases; readonly dangling?: Alias } {
  const anchors = new Map<string, Node>();
  const aliases = new Map<Alias, Node>();
  let dangling: Alias | undefined;
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) aliases.set(node, target);
        else dangling ??= node;
      } else if (node.anchor) anchors.set(node.anchor, node);
    },
  });
  return { aliases, ...(dangling && { dangling }) };
}

/** What an alias stands for; everything else as it is. */
export function follow(aliases: Aliases, node: unknown): Node | null {
  return isAlias(node) ? (aliases.get(node) ?? null) : (node as Node | null);
}

function isMerge(pair: Pair): boolean {
  return isScalar(pair.key) && typeof pair.key.value === "symbol" && pair.key.value.description === "<<";
}

/** Maps that a map's `<<` names, the nearest first. */
function mergedMaps(aliases: Aliases, pairs: readonly Pair[]): readonly YAMLMap[] {
  return pairs.filter(isMerge).flatMap((pair) => {
    const value = follow(aliases, pair.value);
    const sources = isSeq(value) ? value.items.map((item) => follow(aliases, item)) : [value];
    return sources.filter((source) => isMap(source));
  });
}

/** A map's pairs with those of `<<: *anchor` behind its own; its own win. `above`: maps on the way, none of which is its own part. */
export function pairsOf(aliases: Aliases, map: YAMLMap, above: readonly YAMLMap[] = []): readonly Pair[] {
  const pairs = map.items as readonly Pair[];
  if (!pairs.some(isMerge)) return pairs;
  const all = new Map(pairs.filter((pair) => !isMerge(pair)).map((pair) => [keyText(pair), pair]));
  const way = [...above, map];
  for (const source of mergedMaps(aliases, pairs).filter((other) => !way.includes(other))) {
    for (const pair of pairsOf(aliases, source, way)) if (!all.has(keyText(pair))) all.set(keyText(pair), pair);
  }
  return [...all.values()];
}

/** A value in the tree, its path, and the node to point at. */
export class Place {
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
  entries(): readonly (readonly [key: string, place: Place, keyNode: unknown])[] {
    if (!isMap(this.node)) return [];
    return pairsOf(this.#aliases, this.node).map((pair) => {
      const key = keyText(pair);
      const path = this.path ? `${this.path}.${key}` : key;
      return [key, new Place(this.#aliases, pair.value, { path, key: pair.key }), pair.key] as const;
    });
  }

  /** Items of a list; none for anything else. */
  items(): readonly Place[] {
    if (!isSeq(this.node)) return [];
    return this.node.items.map((item, index) => new Place(this.#aliases, item, { path: `${this.path}[${index}]` }));
  }

  get(...keys: readonly string[]): Place | undefined {
    const [first, ...rest] = keys;
    if (first === undefined) return this;
    return this.entries()
      .find(([key]) => key === first)?.[1]
      .get(...rest);
  }
}
