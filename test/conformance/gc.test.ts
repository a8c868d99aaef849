/** Owner references, cascading deletion and the end of namespaces. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { ConfigMap, CustomResourceDefinition, Namespace, Secret, ServiceAccount } from "../../src/api/core/kinds.ts";
import type { Kind, KubeObject, OwnerReference, UnknownObject } from "../../src/meta/object.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, find, startBench } from "./workloads-bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench("gc");
});
afterAll(() => bench?.stop());

const refOf = (name: string, kind: Kind = ConfigMap) => ({ kind, namespace: bench.namespace, name });

async function create(
  name: string,
  owners: readonly KubeObject[] = [],
  kind: Kind = ConfigMap,
): Promise<UnknownObject> {
  const ownerReferences = owners.map(
    (owner): OwnerReference => ({
      apiVersion: owner.apiVersion,
      kind: owner.kind,
      name: owner.metadata.name ?? "",
      uid: owner.metadata.uid ?? "",
      blockOwnerDeletion: true,
    }),
  );
  const object = { apiVersion: "v1", kind: kind.kind, metadata: { name, namespace: bench.namespace, ownerReferences } };
  return bench.client.create<UnknownObject>(kind, object);
}

const gone = (name: string, kind?: Kind) =>
  eventually(async () => (await find(bench.client, refOf(name, kind))) === undefined, `${name} is gone`);

it("background: the owner goes at once, its descendants follow", async () => {
  const owner = await create("bg");
  const child = await create("bg-child", [owner], Secret);
  await create("bg-grandchild", [child]);
  await bench.client.delete(refOf("bg"), { propagationPolicy: "Background" });
  await gone("bg-child", Secret);
  await gone("bg-grandchild");
});

it("foreground: the owner stays until its dependents are gone", async () => {
  const owner = await create("fg");
  const child = await create("fg-child", [owner]);
  const hold = { metadata: { finalizers: ["test.windlass.dev/hold"] } };
  await bench.client.patch(refOf("fg-child"), hold, { type: "merge" });
  await bench.client.delete(refOf("fg"), { propagationPolicy: "Foreground" });
  await eventually(
    async () => (await bench.client.get(refOf("fg-child"))).metadata.deletionTimestamp !== undefined,
    "the child is being deleted",
  );
  expect((await bench.client.get(refOf("fg"))).metadata.finalizers).toEqual(["foregroundDeletion"]);
  await bench.client.patch(
    { ...refOf("fg-child"), uid: child.metadata.uid ?? "" },
    { metadata: { finalizers: null } },
    { type: "merge" },
  );
  await gone("fg-child");
  await gone("fg");
});

it("orphan: dependents stay and forget the owner", async () => {
  const owner = await create("or");
  await create("or-child", [owner]);
  await bench.client.delete(refOf("or"), { propagationPolicy: "Orphan" });
  await gone("or");
  expect((await bench.client.get(refOf("or-child"))).metadata.ownerReferences ?? []).toEqual([]);
});

it("an owner that never existed, or has another uid, is as good as gone", async () => {
  const real = await create("other-uid");
  const absent = { ...real, metadata: { name: "nobody", uid: "00000000-0000-0000-0000-000000000001" } };
  const replaced = { ...real, metadata: { ...real.metadata, uid: "00000000-0000-0000-0000-000000000002" } };
  await create("child-of-nobody", [absent]);
  await create("child-of-replaced", [replaced]);
  await gone("child-of-nobody");
  await gone("child-of-replaced");
  expect(await find(bench.client, refOf("other-uid"))).toBeDefined();
});

it("one owner of two is enough to stay", async () => {
  const [one, two] = [await create("one"), await create("two")];
  await create("shared", [one, two]);
  await bench.client.delete(refOf("one"));
  const owners = await eventually(async () => {
    const { ownerReferences = [] } = (await bench.client.get(refOf("shared"))).metadata;
    return ownerReferences.length === 1 && ownerReferences;
  }, "the lost owner is forgotten");
  expect(owners[0]?.name).toBe("two");
});

it("follows kinds that are defined while it runs", async () => {
  const plural = `things${bench.namespace.slice(-6)}`.replace(/[^a-z]/g, "x");
  const group = "gc.windlass.dev";
  const Thing: Kind = { group, version: "v1", kind: "Thing", resource: plural, namespaced: true };
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: "thing", kind: "Thing", listKind: "ThingList" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  };
  await bench.client.create(CustomResourceDefinition, definition);
  try {
    const metadata = { name: "t", namespace: bench.namespace };
    const thing = await eventually(
      () => bench.client.create<KubeObject>(Thing, { apiVersion: `${group}/v1`, kind: "Thing", metadata }),
      "the kind is served",
    );
    await create("child-of-thing", [thing]);
    await bench.client.delete(refOf("t", Thing), { propagationPolicy: "Background" });
    await gone("child-of-thing");
  } finally {
    await bench.client.delete({ kind: CustomResourceDefinition, name: `${plural}.${group}` });
  }
});

it("a namespace gets its account and root CA, and is emptied when it is deleted", async () => {
  const name = `${bench.namespace}-end`;
  await bench.client.create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const account = { kind: ServiceAccount, namespace: name, name: "default" };
  await eventually(async () => (await find(bench.client, account)) !== undefined, "it has its account");
  const rootCa = { kind: ConfigMap, namespace: name, name: "kube-root-ca.crt" };
  await eventually(async () => (await find(bench.client, rootCa)) !== undefined, "it has its root CA");
  await bench.client.delete({ kind: Namespace, name });
  await eventually(async () => (await find(bench.client, { kind: Namespace, name })) === undefined, "it is gone");
  expect(await find(bench.client, account)).toBeUndefined();
});
