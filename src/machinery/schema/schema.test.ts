import { describe, expect, test } from "vitest";
import { compileRules, evaluateRules, RuleError } from "../cel.ts";
import { defaultObject, pruneObject, unknownFields } from "./defaults.ts";
import { checkStructural } from "./structural.ts";
import { formatFieldError, type Schema } from "./types.ts";
import { validateObject } from "./validate.ts";

const schema: Schema = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["name"],
      properties: {
        name: { type: "string", maxLength: 5, pattern: "^[a-z]+$" },
        replicas: { type: "integer", format: "int32", minimum: 0, default: 1 },
        mode: { type: "string", enum: ["a", "b"] },
        port: { "x-kubernetes-int-or-string": true },
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            properties: { name: { type: "string" }, protocol: { type: "string", default: "TCP" } },
          },
        },
        any: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: { known: { type: "integer" } },
        },
        labels: { type: "object", additionalProperties: { type: "string" } },
        nothing: { type: "string", nullable: true },
      },
    },
  },
};

const errors = (value: unknown) => validateObject(schema, value).map(formatFieldError);

describe("validation speaks as Kubernetes does", () => {
  test.each([
    [
      "a valid object has nothing to say",
      { spec: { name: "a", replicas: 2, port: "http", labels: { a: "b" }, nothing: null } },
      [],
    ],
    ["a missing field", {}, ["spec: Required value"]],
    [
      "a wrong type",
      { spec: { name: "a", replicas: "2" } },
      ['spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"'],
    ],
    [
      "below the minimum",
      { spec: { name: "a", replicas: -1 } },
      ["spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0"],
    ],
    [
      "an unknown value",
      { spec: { name: "a", mode: "c" } },
      ['spec.mode: Unsupported value: "c": supported values: "a", "b"'],
    ],
    [
      "a pattern",
      { spec: { name: "A" } },
      ["spec.name: Invalid value: \"A\": spec.name in body should match '^[a-z]+$'"],
    ],
    ["too long", { spec: { name: "abcdef" } }, ["spec.name: Too long: may not be more than 5 bytes"]],
    [
      "a duplicate key",
      { spec: { name: "a", ports: [{ name: "x" }, { name: "x" }] } },
      ['spec.ports[1]: Duplicate value: {"name":"x"}'],
    ],
  ])("%s", (_, value, wanted) => expect(errors(value)).toEqual(wanted));
});

test("defaults reach into lists, and stand in for a null that is not allowed", () => {
  expect(defaultObject(schema, { spec: { name: "a", replicas: null, ports: [{ name: "x" }] } })).toEqual({
    spec: { name: "a", replicas: 1, ports: [{ name: "x", protocol: "TCP" }] },
  });
});

test("nothing to default: the same object comes back", () => {
  const value = { spec: { name: "a", replicas: 3 } };
  expect(defaultObject(schema, value)).toBe(value);
});

test("unknown fields are named and pruned, except where they are to be kept", () => {
  const value = {
    apiVersion: "v1",
    kind: "X",
    metadata: { name: "n" },
    spec: { name: "a", other: 1, any: { free: 1 }, labels: { x: "y" } },
  };
  expect(unknownFields(schema, value)).toEqual(["spec.other"]);
  expect(pruneObject(schema, value)).toEqual({ ...value, spec: { name: "a", any: { free: 1 }, labels: { x: "y" } } });
});

test.each([
  ["a valid schema", schema, 0],
  ["a root that is no object", { type: "string" }, 1],
  ["a list without items", { type: "object", properties: { a: { type: "array" } } }, 1],
  ["a member without a type", { type: "object", properties: { a: {} } }, 1],
])("structural: %s", (_, given, count) => expect(checkStructural(given)).toHaveLength(count));

describe("rules", () => {
  const rules = compileRules({
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          n: { type: "integer" },
          fixed: { type: "string", "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "is immutable" }] },
        },
        "x-kubernetes-validations": [
          { rule: "self.n <= 5", message: "too many", messageExpression: "'at most 5, not ' + string(self.n)" },
        ],
      },
    },
  });
  const told = (self: unknown, old?: unknown) => evaluateRules(rules, self, old).map(formatFieldError);

  test("nothing to say", () => expect(told({ spec: { n: 5, fixed: "a" } }, { spec: { fixed: "a" } })).toEqual([]));
  test("a message of its own", () =>
    expect(told({ spec: { n: 6 } })).toEqual(['spec: Invalid value: "object": at most 5, not 6']));
  test("a transition rule needs something to compare with", () => {
    expect(told({ spec: { n: 1, fixed: "b" } })).toEqual([]);
    expect(told({ spec: { n: 1, fixed: "b" } }, { spec: { n: 1, fixed: "a" } })).toEqual([
      'spec.fixed: Invalid value: "b": is immutable',
    ]);
  });
  test("a rule that cannot be read is refused with its field", () => {
    const broken: Schema = {
      type: "object",
      properties: { a: { type: "string", "x-kubernetes-validations": [{ rule: "self ==" }] } },
    };
    expect(() => compileRules(broken)).toThrow(RuleError);
  });
});
