/** Scheduling on one simulated node: what fits is bound, what does not says why. Embedded only: it needs its own node. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  Event as EventKind,
  Node as NodeKind,
  PersistentVolumeClaim,
  Pod as PodKind,
} from "../../src/api/core/kinds.ts";
import type { Pod, PodSpec, ResourceList } from "../../src/api/core/pod.ts";
import type { KubeObject, UnknownObject } from "../../src/meta/object.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, realKubeconfig, startBench } from "./workloads-bench.ts";

describe.runIf(!realKubeconfig)("the scheduler", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await startBench("scheduler");
    const allocatable = { cpu: "2", memory: "4Gi", pods: "600" };
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "here" } };
    await bench.client.create<KubeObject>(NodeKind, node);
    const status = { allocatable, capacity: allocatable, conditions: [{ type: "Ready", status: "True" }] };
    await bench.client.patch({ kind: NodeKind, name: "here" }, { status }, { type: "merge", subresource: "status" });
  });
  afterAll(() => bench?.stop());

  const refOf = (name: string) => ({ kind: PodKind, namespace: bench.namespace, name });
  const podOf = (name: string, requests: ResourceList, spec: Partial<PodSpec> = {}): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: bench.namespace },
    spec: { ...spec, containers: [{ name: "main", image: "none", resources: { requests } }] },
  });
  const create = (name: string, requests: ResourceList, spec?: Partial<PodSpec>) =>
    bench.client.create<Pod>(PodKind, podOf(name, requests, spec));
  const bound = (name: string) =>
    eventually(async () => {
      const pod = await bench.client.get<Pod>(refOf(name));
      return pod.spec.nodeName !== undefined && pod;
    }, `${name} is bound`);
  const waiting = (name: string, text: string) =>
    eventually(async () => {
      const { status } = await bench.client.get<Pod>(refOf(name));
      const condition = status?.conditions?.find(({ type }) => type === "PodScheduled");
      return condition?.status === "False" && condition.message?.includes(text) && condition;
    }, `${name} waits: ${text}`);

  it("binds what fits, and says so in the PodScheduled condition", async () => {
    await create("fits", { cpu: "500m" });
    const pod = await bound("fits");
    expect(pod.spec.nodeName).toBe("here");
    expect(pod.status?.conditions?.find(({ type }) => type === "PodScheduled")?.status).toBe("True");
  });

  it("tells what never fits from what waits for others, and binds the latter when they end", async () => {
    await create("holds", { cpu: "1500m" });
    await bound("holds");
    await create("never", { cpu: "6" });
    await create("later", { cpu: "1" });
    const never = await waiting("never", "Can never be scheduled");
    expect(never.message).toContain("1 Insufficient cpu (needs 6, 0 of 2 free)");
    expect(never.reason).toBe("Unschedulable");
    await waiting("later", "Waiting for other pods to finish: fits, holds.");
    await bench.client.patch(
      refOf("holds"),
      { status: { phase: "Succeeded" } },
      { type: "merge", subresource: "status" },
    );
    await bound("later");
    const events = await eventually(async () => {
      const { items } = await bench.client.list(EventKind, { namespace: bench.namespace });
      const own = items.filter((event: UnknownObject) => (event["regarding"] as { name?: string }).name === "later");
      return own.some((event) => event["reason"] === "Scheduled") && own.map((event) => event["reason"]);
    }, "both events are there");
    expect(events.sort((a, b) => String(a).localeCompare(String(b)))).toEqual(["FailedScheduling", "Scheduled"]);
  });

  it("holds gated pods and pods whose claim is missing, until they may go", async () => {
    await create("gated", {}, { schedulingGates: [{ name: "example.com/gate" }] });
    expect((await waiting("gated", "scheduling gates")).reason).toBe("SchedulingGated");
    await bench.client.patch(refOf("gated"), { spec: { schedulingGates: null } }, { type: "merge" });
    await bound("gated");
    await create("claims", {}, { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "disk" } }] });
    await waiting("claims", 'persistentvolumeclaim "disk" not found');
    const claim = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "disk", namespace: bench.namespace },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    };
    await bench.client.create<KubeObject>(PersistentVolumeClaim, claim);
    await bound("claims");
    const ref = { kind: PersistentVolumeClaim, namespace: bench.namespace, name: "disk" };
    await eventually(
      async () => ((await bench.client.get(ref))["status"] as { phase?: string }).phase === "Bound",
      "the claim is bound",
    );
  });

  it("binds 500 pods", async () => {
    await Promise.all(Array.from({ length: 500 }, (_, at) => create(`bulk-${at}`, {})));
    const count = await eventually(async () => {
      const { items } = await bench.client.list<Pod>(PodKind, { namespace: bench.namespace });
      const done = items.filter(({ metadata, spec }) => metadata.name?.startsWith("bulk-") && spec.nodeName);
      return done.length === 500 && done.length;
    }, "all are bound");
    expect(count).toBe(500);
  });
});
