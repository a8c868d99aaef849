/** The Recreate strategy: which changes take every pod away. */
import { describe, expect, it, test } from "vitest";
import type { Pod } from "../../../api/core/pod.ts";
import { all, plan, said, writes } from "../plan.test-support.ts";
import { head, headTemplate, makeCluster, makeGroup, makeWorld, worker } from "../model.test-support.ts";

describe("upgrades", () => {
  const edited = makeCluster({
    upgradeStrategy: { type: "Recreate" },
    headGroupSpec: { template: headTemplate, rayStartParams: { "num-cpus": "2" } },
  });
  const old = makeCluster({ upgradeStrategy: { type: "Recreate" } });
  const marked = (pod: Pod, version: string): Pod => ({
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, "ray.io/kuberay-version": version } },
  });
  const everything = "-ray.io/cluster=raycluster-kuberay";

  test.each([
    ["nothing has changed", old, all(old), ""],
    [
      "how many there are is no change",
      { ...old, spec: { ...old.spec, workerGroupSpecs: [makeGroup({ maxReplicas: 7 })] } },
      all(old),
      "",
    ],
    [
      "empty parameters are none",
      { ...old, spec: { ...old.spec, headGroupSpec: { template: headTemplate } } },
      all(old),
      "",
    ],
    ["a changed spec takes every pod away", edited, all(old), everything],
    [
      "a changed spec without the strategy changes nothing",
      { ...edited, spec: { ...edited.spec, upgradeStrategy: {} } },
      all(old),
      "",
    ],
    [
      "pods of another operator are stamped and stay",
      edited,
      [marked(head(old), "v1.6.0"), worker(old, { index: 0 })],
      "~h",
    ],
  ])("%s", (_, cluster, pods, expected) => {
    expect(writes(plan(cluster, makeWorld(cluster, pods)))).toBe(expected);
  });

  it("say why the pods go", () => {
    expect(said(plan(edited, makeWorld(edited, all(old))))).toEqual([
      "Deleted Pods for RayCluster {object} due to spec change with Recreate upgradeStrategy",
    ]);
  });
});
