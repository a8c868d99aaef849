/** Worker groups whose replicas have several hosts: they come and go together, under one name. */
import { describe, expect, it, test } from "vitest";
import type { Pod } from "../../../api/core/pod.ts";
import { defaultRayGates } from "../../../api/ray/gates.ts";
import type { RayCluster, WorkerGroupSpec } from "../../../api/ray/types.ts";
import { plan, type Row, said, writes } from "../plan.test-support.ts";
import { head, makeCluster, makeGroup, makeWorld, terminating, worker } from "../model.test-support.ts";

const of = (group: WorkerGroupSpec) => makeCluster({ workerGroupSpecs: [group] });
const hosts = (cluster: RayCluster, index: number, state?: "ready" | "failed", more = {}): readonly Pod[] =>
  [0, 1].map((host) =>
    worker(cluster, { index, name: `workergroup-${index}`, host, podName: `r${index}h${host}` }, state, more),
  );
describe("replicas of two hosts", () => {
  const pair = of(makeGroup({ replicas: 2, numOfHosts: 2 }));
  const listing = of(makeGroup({ replicas: 2, numOfHosts: 2, scaleStrategy: { workersToDelete: ["r0h1"] } }));
  const rows: readonly Row[] = [
    ["nothing to do", pair, (c) => [head(c), ...hosts(c, 0), ...hosts(c, 1)], ""],
    ["a replica is missing", pair, (c) => [head(c), ...hosts(c, 1)], "+workergroup/0/0 +workergroup/0/1"],
    ["a host is missing: its replica goes", pair, (c) => [head(c), ...hosts(c, 0), ...hosts(c, 1).slice(1)], "-r1h1"],
    [
      "a host failed: its replica goes, another comes",
      pair,
      (c) => [head(c), ...hosts(c, 0), ...hosts(c, 1, "failed")],
      "+workergroup/2/0 +workergroup/2/1 -r1h0 -r1h1",
    ],
    ["the autoscaler chose a host", listing, (c) => [head(c), ...hosts(c, 0), ...hosts(c, 1)], "-r0h0 -r0h1"],
    [
      "the replica that the autoscaler chose is going already: another takes its place",
      listing,
      (c) => [head(c), ...hosts(c, 0, "ready", terminating), ...hosts(c, 1)],
      "+workergroup/2/0 +workergroup/2/1",
    ],
    ["there is one too many", pair, (c) => [head(c), ...[0, 1, 2].flatMap((index) => hosts(c, index))], "-r2h0 -r2h1"],
    [
      "the one too many is leaving",
      pair,
      (c) => [head(c), ...hosts(c, 0, "ready", terminating), ...hosts(c, 1), ...hosts(c, 2)],
      "",
    ],
  ];
  test.each(rows)("%s", (_, cluster, pods, expected) => {
    const found = writes(plan(cluster, makeWorld(cluster, pods(cluster))));
    expect(found.replace("+Service raycluster-kuberay-headless", "").trim()).toBe(expected);
  });

  it("have a headless Service", () => {
    expect(writes(plan(pair, makeWorld(pair, [])))).toContain("+Service raycluster-kuberay-headless");
  });

  it("are single hosts when the gate is off", () => {
    const gates = { ...defaultRayGates, RayMultiHostIndexing: false };
    const found = plan(pair, makeWorld(pair, [head(pair)]), { gates });
    expect(found.apply.filter(({ target }) => target.kind === "Pod")).toHaveLength(4);
    expect(JSON.stringify(found.apply)).not.toContain("replica-index");
  });

  const pods = (of: RayCluster) =>
    plan(of, makeWorld(of, [head(of)])).apply.filter(({ target }) => target.kind === "Pod");
  const namesOf = (of: RayCluster) =>
    pods(of).map(({ target }) => target.metadata.labels?.["ray.io/worker-group-replica-name"]);

  it("are made in places of the cluster, where a lost answer finds them again", () => {
    expect(pods(pair).map(({ slot }) => slot)).toEqual([
      "workergroup/0/0",
      "workergroup/0/1",
      "workergroup/1/0",
      "workergroup/1/1",
    ]);
  });

  it("have one name for all hosts, which a second plan gives again, and another cluster's plan does not", () => {
    const names = namesOf(pair);
    const [first, second, third] = names;
    expect(first).toMatch(/^workergroup-[a-z0-9]{5}$/);
    expect([second === first, third === first]).toEqual([true, false]);
    expect(namesOf(pair)).toEqual(names);
    const other = { ...pair, metadata: { ...pair.metadata, uid: "u2" } };
    expect(namesOf(other).some((name) => names.includes(name))).toBe(false);
  });

  const deleted = (why: string) => `Deleted worker Pod {object} for group workergroup: ${why}`;
  test.each([
    [
      "a host is missing",
      pair,
      (c: RayCluster) => [...hosts(c, 0), ...hosts(c, 1).slice(1)],
      [deleted("its multi-host replica is incomplete")],
    ],
    [
      "a host failed",
      pair,
      (c: RayCluster) => [...hosts(c, 0), ...hosts(c, 1, "failed")],
      [deleted("a host of its replica is unhealthy"), deleted("a host of its replica is unhealthy")],
    ],
    [
      "the autoscaler chose a host",
      listing,
      (c: RayCluster) => [...hosts(c, 0), ...hosts(c, 1)],
      [deleted("the autoscaler chose its replica"), deleted("the autoscaler chose its replica")],
    ],
    [
      "there is one too many",
      pair,
      (c: RayCluster) => [0, 1, 2].flatMap((index) => hosts(c, index)),
      [deleted("there are more replicas than wanted"), deleted("there are more replicas than wanted")],
    ],
  ])("are deleted with a sentence: %s", (_, cluster, present, expected) => {
    expect(said(plan(cluster, makeWorld(cluster, [head(cluster), ...present(cluster)])))).toEqual(expected);
  });
});
