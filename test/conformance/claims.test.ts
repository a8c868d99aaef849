/** A claim that is deleted while a pod uses it stays until the pod has ended. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { PersistentVolumeClaim as ClaimKind, Pod as PodKind } from "../../src/api/core/kinds.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, find, startBench } from "./workloads-bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench("claims");
});
afterAll(() => bench?.stop());

const refOf = (name: string) => ({ kind: ClaimKind, namespace: bench.namespace, name });

async function createClaim(name: string): Promise<void> {
  await bench.client.create(ClaimKind, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: bench.namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  });
}

const gone = (name: string) =>
  eventually(async () => (await find(bench.client, refOf(name))) === undefined, `claim ${name} is gone`);

it("a claim that nobody uses goes at once", async () => {
  await createClaim("free");
  await bench.client.delete(refOf("free"));
  await gone("free");
});

it("a claim in use waits for its pod, then goes", async () => {
  await createClaim("used");
  await bench.client.create(PodKind, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "user", namespace: bench.namespace },
    spec: {
      nodeName: "nowhere",
      containers: [{ name: "main", image: "none" }],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "used" } }],
    },
  });
  await bench.client.delete(refOf("used"));
  const held = await bench.client.get(refOf("used"));
  expect(held.metadata.deletionTimestamp).toBeDefined();
  expect(held.metadata.finalizers).toEqual(["kubernetes.io/pvc-protection"]);
  const pod = { kind: PodKind, namespace: bench.namespace, name: "user" };
  await bench.client.patch(pod, { status: { phase: "Succeeded" } }, { type: "merge", subresource: "status" });
  await gone("used");
});
