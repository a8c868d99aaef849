import { expect, it } from "vitest";
import { Pod } from "../api/core/kinds.ts";
import { makeObject } from "../testing/builders.ts";
import { RootKeys } from "./root-keys.ts";

const root = (namespace: string, key: string) => makeObject(Pod, { name: "a", namespace, labels: { key } });

function known() {
  const keys = new RootKeys(({ metadata }) => [metadata.labels?.["key"] ?? ""]);
  for (const namespace of ["one", "two"]) keys.seen("added", root(namespace, "k"), undefined);
  return keys;
}

it("finds roots in a namespace, and in all where none is given", () => {
  const { rootsOf } = known();
  expect(rootsOf("one", "k")).toEqual([{ namespace: "one", name: "a" }]);
  expect(rootsOf(undefined, "k")).toEqual([
    { namespace: "one", name: "a" },
    { namespace: "two", name: "a" },
  ]);
  expect([rootsOf("three", "k"), rootsOf("one", "other"), rootsOf("one", undefined)]).toEqual([[], [], []]);
});

it("forgets a key that changed, and a root that is gone", () => {
  const keys = known();
  keys.seen("updated", root("one", "other"), root("one", "k"));
  expect([keys.rootsOf("one", "k"), keys.rootsOf("one", "other")]).toEqual([[], [{ namespace: "one", name: "a" }]]);
  keys.seen("deleted", root("two", "k"), root("two", "k"));
  expect(keys.rootsOf(undefined, "k")).toEqual([]);
});
