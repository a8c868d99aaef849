/** Suspending and resuming, reconcile by reconcile: the pods, and when the next reconcile comes. */
import { describe, expect, it, test } from "vitest";
import type { Pod } from "../../../api/core/pod.ts";
import { defaultRayGates } from "../../../api/ray/gates.ts";
import type { RayCluster } from "../../../api/ray/types.ts";
import { all, condition, plan, said, withConditions, writes } from "../plan.test-support.ts";
import { head, makeCluster, makeWorld, terminating } from "../model.test-support.ts";

describe("suspending", () => {
  const suspending = condition("RayClusterSuspending");
  const suspended = condition("RayClusterSuspended");
  const everything = "-ray.io/cluster=raycluster-kuberay";
  const rows: readonly (readonly [
    string,
    RayCluster,
    (cluster: RayCluster) => readonly Pod[],
    string,
    number | undefined,
  ])[] = [
    [
      "is written first: no pod is touched, and the next reconcile comes at once",
      makeCluster({ suspend: true }),
      all,
      "",
      0,
    ],
    ["deletes every pod in one request", withConditions({ suspend: true }, suspending), all, everything, undefined],
    ["goes on even when resumed meanwhile", withConditions({ suspend: false }, suspending), all, everything, undefined],
    [
      "asks once only",
      withConditions({ suspend: true }, suspending),
      (c) => [head(c, "ready", terminating)],
      "",
      undefined,
    ],
    ["is over when no pod is left", withConditions({ suspend: true }, suspending), () => [], "", 0],
    ["keeps everything away", withConditions({ suspend: true }, suspended), () => [], "", undefined],
    ["is not undone by leaving the field out", withConditions({}, suspended), () => [], "", undefined],
    ["is undone by false, in the status first", withConditions({ suspend: false }, suspended), () => [], "", 0],
    [
      "then everything is made",
      withConditions({ suspend: false }, condition("RayClusterSuspended", "False")),
      () => [],
      "+head +workergroup/0",
      undefined,
    ],
  ];
  test.each(rows)("%s", (_, cluster, pods, expected, requeueAfterMs) => {
    const found = plan(cluster, makeWorld(cluster, pods(cluster)));
    expect([writes(found), found.requeueAfterMs]).toEqual([expected, requeueAfterMs]);
  });

  it("says why the pods go", () => {
    const cluster = withConditions({ suspend: true }, suspending);
    expect(said(plan(cluster, makeWorld(cluster, all(cluster))))).toEqual([
      "Deleted Pods for RayCluster {object} due to suspension",
    ]);
  });

  it("has no state of its own when the gate is off", () => {
    const gates = { ...defaultRayGates, RayClusterStatusConditions: false };
    const cluster = makeCluster({ suspend: true });
    const found = plan(cluster, makeWorld(cluster, all(cluster)), { gates });
    expect([writes(found), found.status?.conditions]).toEqual([everything, undefined]);
  });
});
