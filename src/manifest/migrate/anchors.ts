/** Parts of a YAML tree that go, though others refer to them: anchors move to where they are used, merges are written out. Pure. */
import { isAlias, isMap, isScalar, type Node, type Pair, visit, type YAMLMap } from "yaml";

const anchorsOf = (part: Node): ReadonlyMap<string, Node> => {
  const anchors = new Map<string, Node>();
  visit(part, {
    Node: (_, node) => {
      if (!isAlias(node) && node.anchor) anchors.set(node.anchor, node);
    },
  });
  return anchors;
};

const isMerge = ({ key }: Pair) => isScalar(key) && key.value === "<<";
const nameOf = ({ key }: Pair) => (isScalar(key) ? key.value : key);

/** `<<: {a: 1}` as what it stands for. */
function writeOut(map: YAMLMap): void {
  const own = new Set(map.items.map(nameOf));
  map.items = map.items.flatMap((pair) =>
    isMerge(pair) && isMap(pair.value) ? pair.value.items.filter((other) => !own.has(nameOf(other))) : [pair],
  );
}

/** Below `root`, the first alias of each anchor in `gone` becomes what it stood for; later ones refer to that. */
export function adoptAnchors(root: Node, gone: Node): void {
  const anchors = new Map(anchorsOf(gone));
  visit(root, {
    Alias: (_, alias) => {
      const node = anchors.get(alias.source);
      if (!node) return undefined;
      for (const name of anchorsOf(node).keys()) anchors.delete(name);
      return node;
    },
  });
  visit(root, { Map: (_, map) => writeOut(map) });
}
