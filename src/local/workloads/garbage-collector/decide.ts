/**
 * What deletion asks for about one object: the rules of Kubernetes' garbage collector, pure.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import type { OwnerReference } from "../../../meta/object.ts";
import type { GraphNode } from "./graph.ts";

const foregroundFinalizer = "foregroundDeletion";
const orphanFinalizer = "orphan";

/** `waiting`: being deleted in the foreground, until its dependents are gone. */
export type OwnerState = "solid" | "gone" | "waiting";

export type Step =
  | { readonly type: "delete"; readonly node: GraphNode; readonly policy: "Background" | "Foreground" | "Orphan" }
  /** Takes these owners out of the object's references. */
  | { readonly type: "disown"; readonly node: GraphNode; readonly owners: readonly OwnerReference[] }
  | { readonly type: "release"; readonly node: GraphNode; readonly finalizer: string };

export function isWaiting(node: Pick<GraphNode, "deleting" | "finalizers">): boolean {
  return node.deleting && node.finalizers.includes(foregroundFinalizer);
}

function isOrphaning(node: GraphNode): boolean {
  return node.deleting && node.finalizers.includes(orphanFinalizer);
}

export interface Surroundings {
  /** State of each owner of the object, in the order of its references. */
  readonly owners: readonly OwnerState[];
  readonly dependents: readonly GraphNode[];
}

export function decide(node: GraphNode, { owners, dependents }: Surroundings): readonly Step[] {
  if (isOrphaning(node)) return orphan(node, dependents);
  if (isWaiting(node))
    return isBlocked(node, dependents) ? [] : [{ type: "release", node, finalizer: foregroundFinalizer }];
  if (node.deleting || owners.length === 0) return [];
  const lost = node.owners.filter((_, at) => owners[at] !== "solid");
  if (lost.length === 0) return [];
  if (lost.length < owners.length) return [{ type: "disown", node, owners: lost }];
  const waits = owners.includes("waiting") && dependents.length > 0;
  return [{ type: "delete", node, policy: waits ? "Foreground" : policyOf(node) }];
}

/** Only dependents that block their owner's deletion hold it; a ring of waiting objects holds nobody. */
function isBlocked(node: GraphNode, dependents: readonly GraphNode[]): boolean {
  return dependents.some(
    (dependent) =>
      dependent.owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion === true) &&
      !(isWaiting(dependent) && node.owners.some(({ uid }) => uid === dependent.uid)),
  );
}

/** First every dependent lets go; the reconcile after that finds none left and frees the owner. */
function orphan(node: GraphNode, dependents: readonly GraphNode[]): readonly Step[] {
  if (dependents.length === 0) return [{ type: "release", node, finalizer: orphanFinalizer }];
  return dependents.map((dependent) => ({
    type: "disown",
    node: dependent,
    owners: dependent.owners.filter(({ uid }) => uid === node.uid),
  }));
}

function policyOf({ finalizers }: GraphNode): "Background" | "Foreground" | "Orphan" {
  if (finalizers.includes(orphanFinalizer)) return "Orphan";
  return finalizers.includes(foregroundFinalizer) ? "Foreground" : "Background";
}
