/** Lists and watches: selectors, paging, resource versions, tables. */
import { expect, it } from "vitest";
import { ConfigMap, Pod } from "../../../src/api/core/kinds.ts";
import type { Connected } from "./connect.ts";
import { configMap, firstEvents, pod, podRef, refTo, refused } from "./objects.ts";

const labelled = (namespace: string, name: string, labels: Record<string, string>) => ({
  ...configMap(namespace, name),
  metadata: { name, namespace, labels },
});

export function reads(server: () => Connected): void {
  it("selectors choose by labels and by fields", async () => {
    const { client, namespace } = server();
    for (const [name, kind] of [
      ["sel-a", "x"],
      ["sel-b", "y"],
      ["sel-c", "x"],
    ] as const)
      await client.create(ConfigMap, labelled(namespace, name, { kind }));
    const names = async (options: object) =>
      (await client.list(ConfigMap, { namespace, ...options })).items.map(({ metadata }) => metadata.name);
    expect(await names({ labelSelector: "kind=x" })).toEqual(["sel-a", "sel-c"]);
    expect(await names({ labelSelector: "kind in (x,y),kind!=x" })).toEqual(["sel-b"]);
    expect(await names({ fieldSelector: "metadata.name=sel-b" })).toEqual(["sel-b"]);
    await refused(client.list(ConfigMap, { namespace, fieldSelector: "data.x=1" }), 400, "BadRequest");
    await refused(client.list(ConfigMap, { namespace, labelSelector: "a in (" }), 400, "BadRequest");
  });

  it("pages are of one version, whatever is written between", async () => {
    const { client, namespace } = server();
    for (let at = 0; at < 5; at++) await client.create(ConfigMap, labelled(namespace, `page-${at}`, { paged: "yes" }));
    const options = { namespace, labelSelector: "paged=yes", limit: 2 };
    const first = await client.list(ConfigMap, options);
    await client.create(ConfigMap, labelled(namespace, "page-9", { paged: "yes" }));
    const names = first.items.map(({ metadata }) => metadata.name);
    let next = first.metadata.continue;
    while (next) {
      const page = await client.list(ConfigMap, { ...options, continue: next });
      expect(page.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
      names.push(...page.items.map(({ metadata }) => metadata.name));
      next = page.metadata.continue;
    }
    expect(names).toEqual(["page-0", "page-1", "page-2", "page-3", "page-4"]);
  });

  it("a watch tells what happened after a version", async () => {
    const connected = server();
    const { client, namespace } = connected;
    const { metadata } = await client.list(ConfigMap, { namespace });
    await client.create(ConfigMap, configMap(namespace, "watched"));
    await client.patch(refTo(namespace, "watched"), { data: { a: "1" } }, { type: "merge" });
    await client.delete(refTo(namespace, "watched"));
    const events = await firstEvents(connected, ConfigMap, {
      resourceVersion: metadata.resourceVersion ?? "",
      count: 3,
    });
    expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ["ADDED", "watched"],
      ["MODIFIED", "watched"],
      ["DELETED", "watched"],
    ]);
    const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(events[2]?.object["data"]).toEqual({ a: "1" });
  });

  it("through a selector, objects come and go as they begin and cease to match", async () => {
    const connected = server();
    const { client, namespace } = connected;
    const { metadata } = await client.list(ConfigMap, { namespace });
    await client.create(ConfigMap, labelled(namespace, "moves", { in: "no" }));
    await client.patch(refTo(namespace, "moves"), { metadata: { labels: { in: "yes" } } }, { type: "merge" });
    await client.patch(refTo(namespace, "moves"), { metadata: { labels: { in: "no" } } }, { type: "merge" });
    const events = await firstEvents(connected, ConfigMap, {
      resourceVersion: metadata.resourceVersion ?? "",
      labelSelector: "in=yes",
      count: 2,
    });
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "DELETED"]);
  });

  it("a watch without a version begins with what is there", async () => {
    const connected = server();
    const { client, namespace } = connected;
    await client.create(ConfigMap, labelled(namespace, "there", { first: "yes" }));
    const [event] = await firstEvents(connected, ConfigMap, { labelSelector: "first=yes", count: 1 });
    expect([event?.type, event?.object.metadata.name]).toEqual(["ADDED", "there"]);
  });

  it("a watch that cannot be is refused before it begins", async () => {
    const { transport, namespace } = server();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const refusal = async (query: Readonly<Record<string, string>>) => {
      for await (const event of transport.watch({ method: "GET", path, query: { watch: "true", ...query } }))
        return event;
      return undefined;
    };
    await refused(refusal({ timeoutSeconds: "soon" }), 400, "BadRequest");
    const error = await refused(refusal({ sendInitialEvents: "true" }), 422, "Invalid");
    expect(error.message).toContain("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  });

  it("tables carry the columns that kubectl shows", async () => {
    const { client, transport, namespace } = server();
    await client.create(Pod, pod(namespace, "tabled"));
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    const { body } = await transport.request({
      method: "GET",
      path: `/api/v1/namespaces/${namespace}/pods/tabled`,
      accept,
    });
    const table = body as {
      kind: string;
      columnDefinitions: readonly { name: string; priority: number }[];
      rows: readonly { cells: readonly unknown[] }[];
    };
    expect(table.kind).toBe("Table");
    expect(table.columnDefinitions.filter(({ priority }) => priority === 0).map(({ name }) => name)).toEqual([
      "Name",
      "Ready",
      "Status",
      "Restarts",
      "Age",
    ]);
    expect(table.rows[0]?.cells.slice(0, 3)).toEqual(["tabled", "0/1", "Pending"]);
  });

  it("a pod without a node goes at once", async () => {
    const { client, namespace } = server();
    await client.create(Pod, pod(namespace, "fleeting"));
    await client.delete(podRef(namespace, "fleeting"));
    await refused(client.get(podRef(namespace, "fleeting")), 404, "NotFound");
  });
}
