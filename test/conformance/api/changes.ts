/** Patches of every kind, deletion with finalizers and preconditions, server-side apply. */
import { expect, it } from "vitest";
import { ConfigMap, Pod } from "../../../src/api/core/kinds.ts";
import type { UnknownObject } from "../../../src/meta/object.ts";
import type { Connected } from "./connect.ts";
import { configMap, pod, podRef, refTo, refused } from "./objects.ts";

export function changes(server: () => Connected): void {
  it("JSON patches: applied in order, a failed test refuses all", async () => {
    const { client, namespace } = server();
    await client.create(ConfigMap, configMap(namespace, "json", { data: { a: "1" } }));
    const ref = refTo(namespace, "json");
    const done = await client.patch(
      ref,
      [
        { op: "test", path: "/data/a", value: "1" },
        { op: "add", path: "/data/b", value: "2" },
      ],
      { type: "json" },
    );
    expect(done["data"]).toEqual({ a: "1", b: "2" });
    await refused(client.patch(ref, [{ op: "test", path: "/data/a", value: "9" }], { type: "json" }), 422, "Invalid");
  });

  it("strategic patches merge containers by name", async () => {
    const { client, namespace } = server();
    await client.create(Pod, pod(namespace, "strategic"));
    const patch = { spec: { containers: [{ name: "main", image: "busybox:2" }] } };
    const done = await client.patch(podRef(namespace, "strategic"), patch, { type: "strategic" });
    expect((done["spec"] as { containers: readonly object[] }).containers).toMatchObject([
      { name: "main", image: "busybox:2", imagePullPolicy: "IfNotPresent" },
    ]);
    expect(done.metadata.generation).toBe(2);
  });

  it("an object with a finalizer stays until it is taken off, and takes no new one", async () => {
    const { client, namespace } = server();
    const ref = refTo(namespace, "held");
    await client.create(ConfigMap, {
      ...configMap(namespace, "held"),
      metadata: { name: "held", namespace, finalizers: ["test.dev/hold"] },
    });
    const marked = await client.delete(ref);
    expect(marked?.metadata.deletionTimestamp).toBeDefined();
    const more = { metadata: { finalizers: ["test.dev/hold", "test.dev/more"] } };
    await refused(client.patch(ref, more, { type: "merge" }), 422, "Invalid");
    await client.patch(ref, { metadata: { finalizers: null } }, { type: "merge" });
    await refused(client.get(ref), 404, "NotFound");
  });

  it("a delete with another uid is a Conflict", async () => {
    const { client, namespace } = server();
    await client.create(ConfigMap, configMap(namespace, "guarded"));
    await refused(client.delete({ ...refTo(namespace, "guarded"), uid: "another" }), 409, "Conflict");
  });

  it("deletecollection deletes what it selects", async () => {
    const { client, namespace } = server();
    const labels = { gone: "yes" };
    for (const name of ["dc-a", "dc-b"])
      await client.create(ConfigMap, { ...configMap(namespace, name), metadata: { name, namespace, labels } });
    await client.deleteCollection(ConfigMap, { namespace, labelSelector: "gone=yes" });
    expect((await client.list(ConfigMap, { namespace, labelSelector: "gone=yes" })).items).toEqual([]);
  });

  it("server-side apply creates, owns, removes what it no longer sets", async () => {
    const { client, namespace } = server();
    const ref = refTo(namespace, "applied");
    const apply = (data: object, fieldManager: string, force = false) =>
      client.patch(ref, configMap(namespace, "applied", { data }), { type: "apply", fieldManager, force });
    await apply({ a: "1", b: "1" }, "one");
    const second = await apply({ a: "1" }, "one");
    expect(second["data"]).toEqual({ a: "1" });
    const error = await refused(apply({ a: "2" }, "two"), 409, "Conflict");
    expect(error.message).toBe('Apply failed with 1 conflict: conflict with "one": .data.a');
    expect((await apply({ a: "2" }, "two", true))["data"]).toEqual({ a: "2" });
    const shared = await apply({ c: "3" }, "one");
    expect(shared["data"]).toEqual({ a: "2", c: "3" });
    expect(shared.metadata.managedFields?.map(({ manager, operation }) => [manager, operation])).toEqual(
      expect.arrayContaining([
        ["one", "Apply"],
        ["two", "Apply"],
      ]),
    );
  });

  it("applying the same again changes nothing", async () => {
    const { client, namespace } = server();
    const ref = podRef(namespace, "steady");
    const config = { ...pod(namespace, "steady"), metadata: { name: "steady", namespace } } as UnknownObject;
    const first = await client.patch(ref, config, { type: "apply", fieldManager: "one" });
    const second = await client.patch(ref, config, { type: "apply", fieldManager: "one" });
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });
}
