import { describe, expect, it } from "vitest";
import { Pod } from "../../../api/core/kinds.ts";
import { builtInSchema, type TypeSchema } from "../openapi/built-in.ts";
import { applyStrategicPatch, StrategicPatchError } from "./strategic-merge.ts";

const schema = builtInSchema(Pod) as TypeSchema;
const live = {
  metadata: { labels: { a: "1", b: "2" }, finalizers: ["x", "y"] },
  spec: {
    containers: [
      { name: "a", image: "one", args: ["1", "2"], env: [{ name: "K", value: "v" }] },
      { name: "b", image: "two" },
    ],
  },
};

const rows: readonly (readonly [name: string, patch: unknown, expected: unknown])[] = [
  ["an empty patch changes nothing", {}, live],
  [
    "null removes a member",
    { metadata: { labels: { a: null } } },
    { ...live, metadata: { ...live.metadata, labels: { b: "2" } } },
  ],
  [
    "containers are merged by name, atomic lists replaced",
    { spec: { containers: [{ name: "a", args: ["3"] }] } },
    { ...live, spec: { containers: [{ ...live.spec.containers[0], args: ["3"] }, live.spec.containers[1]] } },
  ],
  [
    "an item goes with $patch: delete",
    { spec: { containers: [{ name: "a", $patch: "delete" }] } },
    { ...live, spec: { containers: [live.spec.containers[1]] } },
  ],
  [
    "an item of $patch: replace alone replaces the list",
    { spec: { containers: [{ $patch: "replace" }, { name: "c", image: "three" }] } },
    { ...live, spec: { containers: [{ name: "c", image: "three" }] } },
  ],
  [
    "$setElementOrder orders, new items included",
    {
      spec: {
        "$setElementOrder/containers": [{ name: "c" }, { name: "b" }, { name: "a" }],
        containers: [{ name: "c", image: "three" }],
      },
    },
    {
      ...live,
      spec: { containers: [{ name: "c", image: "three" }, live.spec.containers[1], live.spec.containers[0]] },
    },
  ],
  [
    "values are taken out of lists of values",
    { metadata: { "$deleteFromPrimitiveList/finalizers": ["x"], finalizers: ["z"] } },
    { ...live, metadata: { ...live.metadata, finalizers: ["y", "z"] } },
  ],
  [
    "$patch: replace replaces a map",
    { metadata: { labels: { $patch: "replace", c: "3" } } },
    { ...live, metadata: { ...live.metadata, labels: { c: "3" } } },
  ],
];

describe("applyStrategicPatch", () => {
  it.each(rows)("%s", (_, patch, expected) => {
    expect(applyStrategicPatch(schema, live, patch)).toEqual(expected);
  });

  it("refuses items without their key", () => {
    expect(() => applyStrategicPatch(schema, live, { spec: { containers: [{ image: "x" }] } })).toThrow(
      StrategicPatchError,
    );
  });

  it("refuses unknown directives", () => {
    expect(() => applyStrategicPatch(schema, live, { spec: { $patch: "mix" } })).toThrow(StrategicPatchError);
  });
});
