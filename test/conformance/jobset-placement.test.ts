/** Exclusive placement by a real scheduler: one Job per domain, all of its pods in there. The local cluster has one node. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Node as NodeKind, Pod as PodKind } from "../../src/api/core/kinds.ts";
import type { Pod } from "../../src/api/core/pod.ts";
import { exclusiveTopologyAnnotation, jobSetNameLabel } from "../../src/api/jobset/labels.ts";
import { type JobSetBench, replicatedJob, startJobSetBench, Subject } from "./jobset-bench.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { realKubeconfig } from "./workloads-bench.ts";

describe.runIf(realKubeconfig)("exclusive placement", () => {
  let bench: JobSetBench;
  const nodes = ["a-0", "a-1", "b-0", "b-1"];
  const nodeName = (name: string) => `${bench.namespace}-${name}`;
  const topology = "windlass.dev/test-rack";

  beforeAll(async () => {
    bench = await startJobSetBench("placement");
    for (const name of nodes) {
      const labels = { [topology]: `${bench.namespace}-${name.slice(0, 1)}`, "windlass.dev/test": bench.namespace };
      await bench.client.create(NodeKind, {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: nodeName(name), labels },
      });
      const resources = { cpu: "8", memory: "8Gi", pods: "10" };
      const conditions = [
        {
          type: "Ready",
          status: "True",
          reason: "Test",
          message: "",
          lastHeartbeatTime: now(),
          lastTransitionTime: now(),
        },
      ];
      const status = { capacity: resources, allocatable: resources, conditions };
      const ref = { kind: NodeKind, name: nodeName(name) };
      await bench.client.patch(ref, { status }, { type: "merge", subresource: "status" });
    }
  });
  afterAll(async () => {
    for (const name of nodes) await bench?.client.delete({ kind: NodeKind, name: nodeName(name) });
    await bench?.stop();
  });

  const now = () => new Date().toISOString().replace(/\.\d+/, "");

  it("puts each Job into a domain of its own", async () => {
    const subject = new Subject(bench, "racks");
    const spec = {
      nodeSelector: { "windlass.dev/test": bench.namespace },
      tolerations: [{ operator: "Exists" }],
      containers: [{ name: "main", image: "none", resources: { requests: { cpu: "3" } } }],
    };
    const job = { parallelism: 4, completions: 4, template: { spec } };
    await subject.create(
      { replicatedJobs: [replicatedJob("w", { replicas: 3 }, job)] },
      { annotations: { [exclusiveTopologyAnnotation]: topology } },
    );
    const labelSelector = `${jobSetNameLabel}=racks`;
    const placed = await eventually(async () => {
      const { items } = await bench.client.list<Pod>(PodKind, { namespace: bench.namespace, labelSelector });
      const bound = items.filter((pod) => pod.spec.nodeName);
      return items.length === 12 && bound.length === 8 && bound;
    }, "two Jobs are placed");
    const racks = new Map<string, Set<string>>();
    for (const {
      metadata,
      spec: { nodeName = "" },
    } of placed) {
      const name = metadata.labels?.["batch.kubernetes.io/job-name"] ?? "";
      racks.set(
        name,
        (racks.get(name) ?? new Set()).add(nodeName.slice(bench.namespace.length + 1, bench.namespace.length + 2)),
      );
    }
    const found = [...racks.values()].map((set) => [...set].join());
    expect(found.toSorted()).toEqual(["a", "b"]);
  });
});
