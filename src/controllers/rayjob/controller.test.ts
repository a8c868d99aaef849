/** Which changes requeue a RayJob that are none of its own objects. */
import { expect, it } from "vitest";
import { Pod, Service } from "../../api/core/kinds.ts";
import type { Kind, KubeObject } from "../../meta/object.ts";
import { RayCluster } from "../../api/ray/kinds.ts";
import { createRayJobController } from "./controller.ts";
import { headWith, makeWorldCluster, options, up } from "./model.test-support.ts";

const { watches = [], keys } = createRayJobController({
  options,
  ray: () => {
    throw new Error("not asked here");
  },
});
const requests = (kind: Kind, object: KubeObject | undefined) =>
  watches
    .filter((watched) => watched.kind === kind)
    .flatMap(({ map }) => (object && map?.(object, (namespace, key) => [{ namespace, name: `job of ${key}` }])) ?? []);
const labelled = (object: KubeObject, cluster: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { "ray.io/cluster": cluster } },
});
const head = labelled(headWith({ running: {} }), "sample-bbbbb");

it.each<[string, Kind, KubeObject | undefined, readonly string[]]>([
  ["the cluster that was chosen", RayCluster, makeWorldCluster(), ["job of sample-bbbbb"]],
  ["the head Service of its cluster", Service, up().headService, ["job of sample-bbbbb"]],
  ["a head with a submitter in it", Pod, head, ["job of sample-bbbbb"]],
  ["a head whose cluster's name looks like another job's", Pod, labelled(head, "a-b-c"), ["job of a-b-c"]],
  ["no worker", Pod, { ...head, spec: { containers: [{ name: "ray-worker" }] } } as KubeObject, []],
])("is requeued by %s", (_, kind, object, names) => {
  expect(requests(kind, object).map(({ name }) => name)).toEqual(names);
});

it("is known by the cluster of its status", () => {
  const job = { apiVersion: "ray.io/v1", kind: "RayJob", metadata: {}, spec: {} };
  expect([keys?.(job), keys?.({ ...job, status: { rayClusterName: "c" } })]).toEqual([[], ["c"]]);
});
