import { expect, it } from "vitest";
import { Pod } from "../../../api/core/kinds.ts";
import { decide, type OwnerState, type Step } from "./decide.ts";
import { type GraphNode, ObjectGraph } from "./graph.ts";

function makeNode(uid: string, owners: readonly string[] = [], more: Partial<GraphNode> = {}): GraphNode {
  const references = owners.map((owner) => ({
    apiVersion: "v1",
    kind: "Pod",
    name: owner,
    uid: owner,
    blockOwnerDeletion: true,
  }));
  return { kind: Pod, namespace: "n", name: uid, uid, owners: references, finalizers: [], deleting: false, ...more };
}

const foreground = { deleting: true, finalizers: ["foregroundDeletion"] } as const;
const orphaning = { deleting: true, finalizers: ["orphan"] } as const;
const child = makeNode("child", ["a", "b"]);
const single = makeNode("child", ["a"]);

interface Row {
  readonly node: GraphNode;
  readonly owners?: readonly OwnerState[];
  readonly dependents?: readonly GraphNode[];
  readonly steps: readonly Step[];
}

const rows: Record<string, Row> = {
  "no owners: nothing to do": { node: makeNode("x"), steps: [] },
  "its owner is there: nothing to do": { node: single, owners: ["solid"], steps: [] },
  "its owner is gone: deleted": {
    node: single,
    owners: ["gone"],
    steps: [{ type: "delete", node: single, policy: "Background" }],
  },
  "one owner of two is gone: the other keeps it": {
    node: child,
    owners: ["solid", "gone"],
    steps: [{ type: "disown", node: child, owners: child.owners.slice(1) }],
  },
  "its owner waits for it: deleted": {
    node: single,
    owners: ["waiting"],
    steps: [{ type: "delete", node: single, policy: "Background" }],
  },
  "its owner waits, and it has dependents of its own: deleted in the foreground": {
    node: single,
    owners: ["waiting"],
    dependents: [makeNode("grandchild", ["child"])],
    steps: [{ type: "delete", node: single, policy: "Foreground" }],
  },
  "being deleted already: nothing to do": {
    node: makeNode("x", ["a"], { deleting: true }),
    owners: ["gone"],
    steps: [],
  },
  "waits while a dependent blocks it": {
    node: makeNode("a", [], foreground),
    dependents: [single],
    steps: [],
  },
  "a dependent that does not block lets it go": {
    node: makeNode("a", [], foreground),
    dependents: [{ ...single, owners: [{ apiVersion: "v1", kind: "Pod", name: "a", uid: "a" }] }],
    steps: [{ type: "release", node: makeNode("a", [], foreground), finalizer: "foregroundDeletion" }],
  },
  "its last dependent is gone: released": {
    node: makeNode("a", [], foreground),
    steps: [{ type: "release", node: makeNode("a", [], foreground), finalizer: "foregroundDeletion" }],
  },
  "two that wait for each other are freed": {
    node: makeNode("a", ["b"], foreground),
    dependents: [makeNode("b", ["a"], foreground)],
    steps: [{ type: "release", node: makeNode("a", ["b"], foreground), finalizer: "foregroundDeletion" }],
  },
  "orphaning: dependents let go first": {
    node: makeNode("a", [], orphaning),
    dependents: [child],
    steps: [{ type: "disown", node: child, owners: child.owners.slice(0, 1) }],
  },
  "orphaning: then the owner is freed": {
    node: makeNode("a", [], orphaning),
    steps: [{ type: "release", node: makeNode("a", [], orphaning), finalizer: "orphan" }],
  },
};

for (const [name, { node, owners = [], dependents = [], steps }] of Object.entries(rows)) {
  it(name, () => expect(decide(node, { owners, dependents })).toEqual(steps));
}

it("the graph follows owners, namespaces and what is gone", () => {
  const graph = new ObjectGraph();
  graph.put(makeNode("a"));
  graph.put(child);
  expect(graph.dependents("a")).toEqual([child]);
  expect(graph.inNamespace("n")).toHaveLength(2);
  graph.put(makeNode("child", ["b"]));
  expect(graph.dependents("a")).toEqual([]);
  graph.remove("a");
  expect([graph.isGone("a"), graph.isGone("b"), graph.get("a")]).toEqual([true, false, undefined]);
});
