/** Aliases and merge keys of a YAML tree, followed to what they stand for; nothing throws. Pure. */
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
