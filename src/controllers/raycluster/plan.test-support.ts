/** Plans of a RayCluster in words, so that a situation is a line of a table. */
import type { Pod } from "../../api/core/pod.ts";
import type { Condition } from "../../meta/condition.ts";
import type { RayCluster, RayClusterSpec } from "../../api/ray/types.ts";
import type { Plan } from "../../runtime/plan.ts";
import { checkedPlan } from "../../testing/checked-plan.ts";
import type { World } from "./observe.ts";
import { planRayCluster } from "./plan.ts";
import { head, makeCluster, now, options, worker, spec } from "./model.test-support.ts";

export const plan = (cluster: RayCluster, world: World, more: Partial<typeof options> = {}) =>
  checkedPlan(spec, planRayCluster, cluster, world, now, { ...options, ...more });

/** The writes, in words: `+head`, `+worker group/index`, `-name`, `-selector`, `~name`, `+Service name`. */
export function writes({ apply, remove, removeCollections = [] }: Plan<unknown>): string {
  const made = apply.map(({ target: { kind, metadata }, mode }) => {
    const { name, labels = {}, generateName } = metadata;
    if (mode === "patch") return `~${name}`;
    if (kind !== "Pod") return `+${kind} ${name}`;
    if (generateName?.endsWith("-head-")) return "+head";
    const host = labels["ray.io/replica-host-index"];
    const place = [labels["ray.io/group"], labels["ray.io/worker-group-replica-index"], host].filter(Boolean);
    return `+${place.join("/")}`;
  });
  const gone = remove.map(({ target }) => `-${target.name}`);
  return [...made, ...gone, ...removeCollections.map(({ labelSelector }) => `-${labelSelector}`)].join(" ");
}

/** A head and one worker. */
export const all = (cluster: RayCluster) => [head(cluster), worker(cluster, { index: 0 })];

/** A situation: the cluster, its pods, and what is written, in words. */
export type Row = readonly [string, RayCluster, (cluster: RayCluster) => readonly Pod[], string];

export const condition = (type: string, status: "True" | "False" = "True"): Condition => ({
  type,
  status,
  reason: type,
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
});
export const withConditions = (spec: Partial<RayClusterSpec>, ...conditions: readonly Condition[]) =>
  makeCluster(spec, { status: { conditions } });

/** What is said of the deletions, sentence by sentence. */
export const said = ({ remove, removeCollections = [] }: Plan<unknown>): readonly (string | undefined)[] =>
  [...remove, ...removeCollections].map(({ says }) => says);
