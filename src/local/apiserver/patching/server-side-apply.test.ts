import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigMap, Pod } from "../../../api/core/kinds.ts";
import type { UnknownObject } from "../../../meta/object.ts";
import { builtInSchema } from "../openapi/built-in.ts";
import { ApplyConflictError, serverSideApply, trackUpdate, type Writer } from "./server-side-apply.ts";
import { type Fields, intersect, isEmpty, subtract, unite } from "./field-sets.ts";

const writer = (manager: string, kind = ConfigMap): Writer => ({
  manager,
  kind,
  time: "2026-01-01T00:00:00Z",
  schema: builtInSchema(kind) ?? {},
});
const configMap = (data: Record<string, string>): UnknownObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "x", namespace: "ns" },
  data,
});
const pod = (spec: object): UnknownObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "x", namespace: "ns" },
  spec,
});

describe("serverSideApply", () => {
  it("gives an update's fields to its manager, and takes them from others", () => {
    const first = trackUpdate(undefined, configMap({ a: "1", b: "1" }), writer("one"));
    const second = trackUpdate(first, { ...first, data: { a: "2", b: "1" } }, writer("two"));
    expect(second.metadata.managedFields?.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
      ["one", { "f:data": { "f:b": {} } }],
      ["two", { "f:data": { "f:a": {} } }],
    ]);
  });

  it("names the field and the manager of a conflict", () => {
    const live = trackUpdate(undefined, configMap({ a: "1" }), writer("one"));
    const apply = () => serverSideApply(live, { writer: writer("two"), config: configMap({ a: "2" }), force: false });
    expect(apply).toThrow(ApplyConflictError);
    try {
      apply();
    } catch (error) {
      expect((error as ApplyConflictError).conflicts).toEqual([
        { manager: "one", apiVersion: "v1", operation: "Update", path: ".data.a" },
      ]);
    }
  });

  it("the same value is no conflict: both own it, and it stays until both let go", () => {
    const live = trackUpdate(undefined, configMap({ a: "1" }), writer("one"));
    const shared = serverSideApply(live, { writer: writer("two"), config: configMap({ a: "1" }), force: false });
    const released = serverSideApply(shared, { writer: writer("two"), config: configMap({}), force: false });
    expect(released["data"]).toEqual({ a: "1" });
  });

  it("removes list items that are no longer applied, and keeps what others added", () => {
    const containers = [
      { name: "a", image: "1" },
      { name: "b", image: "1" },
    ];
    const first = serverSideApply(pod({}), { writer: writer("one", Pod), config: pod({ containers }), force: false });
    const second = serverSideApply(first, {
      writer: writer("two", Pod),
      config: pod({ containers: [{ name: "c", image: "2" }] }),
      force: false,
    });
    const third = serverSideApply(second, {
      writer: writer("one", Pod),
      config: pod({ containers: [containers[0]] }),
      force: false,
    });
    expect((third["spec"] as { containers: readonly { name: string }[] }).containers.map(({ name }) => name)).toEqual([
      "a",
      "c",
    ]);
  });

  it("applying the same twice changes nothing", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.string()), (data) => {
        const request = { writer: writer("one"), config: configMap(data), force: false };
        const once = serverSideApply(configMap({ z9: "kept" }), request);
        expect(serverSideApply(once, request)).toEqual(once);
        expect(once["data"]).toMatchObject(data);
      }),
    );
  });
});

describe("sets of fields", () => {
  const fields = fc.letrec<{ node: Fields }>((tie) => ({
    node: fc.dictionary(fc.constantFrom("f:a", "f:b", "f:c"), fc.oneof({ maxDepth: 3 }, fc.constant({}), tie("node"))),
  })).node;

  it("what is left after subtracting is in neither the other nor lost from the union", () => {
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        expect(isEmpty(intersect(subtract(a, b), b)) || isEmpty(b)).toBe(true);
        expect(unite(a, a)).toEqual(a);
      }),
    );
  });
});
