import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { applyJsonPatch, PatchError } from "./json.ts";
import { applyMergePatch, diffMergePatch, subsetPatch } from "./merge.ts";

/** JSON without null members, which a merge patch cannot express. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc.dictionary(fc.stringMatching(/^[a-c_]{1,2}$/), tie("value"), { maxKeys: 4 }),
})).object;

describe("merge patch", () => {
  test("the difference, applied, is what was wanted", () => {
    fc.assert(
      fc.property(json, json, (before, after) => {
        expect(applyMergePatch(before, diffMergePatch(before, after) ?? {})).toEqual(after);
      }),
    );
  });
  test("nothing to do: equal values differ by nothing", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(diffMergePatch(value, structuredClone(value))).toBeUndefined();
      }),
    );
  });
  test("a second application changes nothing", () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const once = applyMergePatch(target, patch);
        expect(applyMergePatch(once, patch)).toEqual(once);
      }),
    );
  });
  test("__proto__ is an ordinary key", () => {
    const patched = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":1}}')) as object;
    expect(Object.hasOwn(patched, "__proto__")).toBe(true);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe("the patch of only what somebody cares for", () => {
  test.each([
    ["leaves other fields alone", { a: 1 }, { a: 1, b: 2 }, undefined],
    ["names what differs", { a: 1, c: { d: 2 } }, { a: 1, c: { d: 3, e: 4 } }, { c: { d: 2 } }],
    ["compares lists whole", { a: [1] }, { a: [1, 2] }, { a: [1] }],
    ["removes by null", { a: null }, { a: 1 }, { a: null }],
    ["removes nothing that is not there", { a: null }, {}, undefined],
    ["makes what is missing", { a: {} }, {}, { a: {} }],
  ])("%s", (_, desired, live, wanted) => expect(subsetPatch(desired, live)).toEqual(wanted));
});

describe("JSON patch", () => {
  test("the operations", () => {
    const patched = applyJsonPatch({ a: [1, 2], b: { c: 1 } }, [
      { op: "add", path: "/a/-", value: 3 },
      { op: "remove", path: "/a/0" },
      { op: "replace", path: "/b/c", value: 2 },
      { op: "copy", from: "/b/c", path: "/d" },
      { op: "move", from: "/d", path: "/e" },
      { op: "test", path: "/e", value: 2 },
    ]);
    expect(patched).toEqual({ a: [2, 3], b: { c: 2 }, e: 2 });
  });
  test("replacing a member that is missing adds it, as Ray's autoscaler counts on", () => {
    const ops = [{ op: "replace", path: "/spec/workerGroupSpecs/0/scaleStrategy", value: { workersToDelete: ["p"] } }];
    expect(applyJsonPatch({ spec: { workerGroupSpecs: [{}] } }, ops)).toEqual({
      spec: { workerGroupSpecs: [{ scaleStrategy: { workersToDelete: ["p"] } }] },
    });
  });
  test("nothing happens when one operation fails", () => {
    const target = { a: 1 };
    expect(() =>
      applyJsonPatch(target, [
        { op: "replace", path: "/a", value: 2 },
        { op: "test", path: "/a", value: 3 },
      ]),
    ).toThrow(PatchError);
    expect(target).toEqual({ a: 1 });
  });
  test.each([
    [{}],
    [[{ op: "jump", path: "/a" }]],
    [[{ op: "add", path: "a", value: 1 }]],
    [[{ op: "remove", path: "/missing" }]],
  ])("%j is refused", (patch) => {
    expect(() => applyJsonPatch({ a: 1 }, patch)).toThrow(PatchError);
  });
});
