import { describe, expect, test } from "vitest";
import { Pod, Service } from "../api/core/kinds.ts";
import { keyOf, type UnknownObject } from "../meta/object.ts";
import { atVersion, makeObject, ownedBy } from "../testing/builders.ts";
import { isNewerVersion, ObjectStore } from "./store.ts";

const pod = (name: string, version = 1, labels: Record<string, string> = {}) =>
  atVersion(makeObject(Pod, { name, labels }), version);
const withUid = (object: UnknownObject, uid: string) => ({ ...object, metadata: { ...object.metadata, uid } });
const keys = (objects: readonly { readonly metadata: object }[]) => objects.map((object) => keyOf(object));

function recorded(store: ObjectStore): string[] {
  const changes: string[] = [];
  store.onChange((change, object) =>
    changes.push(`${change} ${object.metadata.uid}@${object.metadata.resourceVersion}`),
  );
  return changes;
}

test.each([
  ["10", "9", true],
  ["9", "10", false],
  ["5", "5", false],
  ["123456789012345678901", "99999999999999999999", true],
])("version %s is newer than %s: %s", (a, b, newer) => expect(isNewerVersion(a, b)).toBe(newer));

describe("a store", () => {
  test("keeps the newest version, whatever the order of arrival, and tells of each once", () => {
    const store = new ObjectStore();
    const changes = recorded(store);
    for (const version of [2, 10, 9, 10]) store.upsert(pod("a", version));
    expect(store.get("default", "a")?.metadata.resourceVersion).toBe("10");
    expect(changes).toEqual(["added pod-a@2", "updated pod-a@10"]);
  });

  test("freezes objects and drops managedFields", () => {
    const store = new ObjectStore();
    store.upsert(makeObject(Pod, { name: "a", managedFields: [{ manager: "x" }] }, { spec: { containers: [{}] } }));
    const found = store.get("default", "a") as UnknownObject;
    expect(found.metadata.managedFields).toBeUndefined();
    expect(Object.isFrozen((found["spec"] as { containers: object[] }).containers[0])).toBe(true);
  });

  test("does not let a late event bring back what our delete removed", () => {
    const store = new ObjectStore();
    store.upsert(pod("a", 1));
    store.remove(pod("a", 1));
    store.upsert(pod("a", 5));
    expect(store.get("default", "a")).toBeUndefined();
  });

  test("takes a new object of the same name after a delete", () => {
    const store = new ObjectStore();
    store.remove(pod("a", 1));
    store.upsert(withUid(pod("a", 6), "second"));
    store.remove(pod("a", 1));
    expect(store.get("default", "a")?.metadata.uid).toBe("second");
  });

  test("tells of a replacement as a deletion and an addition", () => {
    const store = new ObjectStore();
    store.upsert(pod("a", 1));
    const changes = recorded(store);
    store.upsert(withUid(pod("a", 6), "second"));
    store.upsert(pod("a", 4));
    expect(changes).toEqual(["deleted pod-a@1", "added second@6"]);
  });

  test("lets an evicted object come back when a newer version is selected again", () => {
    const store = new ObjectStore();
    store.upsert(pod("a", 1));
    store.evict(pod("a", 3));
    store.upsert(pod("a", 2));
    expect(store.size).toBe(0);
    store.upsert(pod("a", 4));
    expect(store.size).toBe(1);
  });

  test("ignores a late eviction of an older version", () => {
    const store = new ObjectStore();
    store.upsert(pod("a", 4));
    store.evict(pod("a", 3));
    expect(store.get("default", "a")?.metadata.resourceVersion).toBe("4");
  });

  test("holds nothing that its selector does not accept", () => {
    const store = new ObjectStore({ accepts: ({ metadata }) => metadata.labels?.["mine"] === "yes" });
    store.upsert(pod("other", 1));
    store.upsert(pod("a", 1, { mine: "yes" }));
    store.upsert(pod("a", 2, { mine: "no" }));
    expect(store.size).toBe(0);
  });
});

describe("a relist", () => {
  test("that changes nothing tells nobody", () => {
    const store = new ObjectStore();
    store.replace([pod("a", 1)], "5");
    const changes = recorded(store);
    store.replace([pod("a", 1)], "6");
    expect(changes).toEqual([]);
  });

  test("removes what is no longer there, but not what was written after it", () => {
    const store = new ObjectStore();
    for (const object of [pod("old", 3), pod("written", 9), pod("stays", 2)]) store.upsert(object);
    const changes = recorded(store);
    store.replace([pod("stays", 4)], "7");
    expect(keys(store.list())).toEqual(["default/written", "default/stays"]);
    expect(changes).toEqual(["deleted pod-old@3", "updated pod-stays@4"]);
  });

  test("taken before our delete does not bring the object back", () => {
    const store = new ObjectStore();
    store.upsert(pod("a", 3));
    store.remove(pod("a", 3));
    store.replace([pod("a", 3)], "4");
    expect(store.size).toBe(0);
  });

  test("of a restored backup replaces everything", () => {
    const store = new ObjectStore();
    store.replace([pod("a", 90), pod("b", 80)], "100");
    store.replace([pod("a", 20)], "30");
    expect(store.list().map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`)).toEqual(["a@20"]);
  });
});

describe("filters", () => {
  const owner = makeObject(Service, { name: "owner" });
  const store = new ObjectStore();
  for (const name of ["a", "b", "c"]) store.upsert(pod(name, 1, { app: "x", name }));
  store.upsert(atVersion(ownedBy(makeObject(Pod, { name: "d", labels: { app: "y" } }), Service, owner), 1));
  store.upsert(atVersion(makeObject(Pod, { name: "e", namespace: "other", labels: { app: "x" } }), 1));

  test.each([
    ["nothing", {}, ["default/a", "default/b", "default/c", "default/d", "other/e"]],
    ["a namespace", { namespace: "other" }, ["other/e"]],
    ["one label", { labels: { app: "x" } }, ["default/a", "default/b", "default/c", "other/e"]],
    ["labels and namespace", { labels: { app: "x", name: "b" }, namespace: "default" }, ["default/b"]],
    ["a controller", { controllerUid: "service-owner" }, ["default/d"]],
    ["a controller and a label that contradict", { controllerUid: "service-owner", labels: { app: "x" } }, []],
    ["a value nobody has", { labels: { app: "z" } }, []],
  ])("by %s", (_, filter, expected) => expect(keys(store.list(filter))).toEqual(expected));

  test("follow changes of labels and owners", () => {
    const store = new ObjectStore();
    store.upsert(pod("a", 1, { app: "x" }));
    expect(store.list({ labels: { app: "x" } })).toHaveLength(1);
    store.upsert(atVersion(ownedBy(makeObject(Pod, { name: "a", labels: { app: "y" } }), Service, owner), 2));
    expect(store.list({ labels: { app: "x" } })).toEqual([]);
    expect(keys(store.list({ labels: { app: "y" }, controllerUid: "service-owner" }))).toEqual(["default/a"]);
    store.remove(pod("a"));
    expect(store.list({ labels: { app: "y" } })).toEqual([]);
  });
});
