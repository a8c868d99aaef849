import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  fromLabelSelector,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseSelector,
  type Requirement,
} from "./selector.ts";

const labels = { app: "ray", tier: "gpu", rank: "3" };

describe("matching", () => {
  test.each([
    ["", true],
    ["app=ray", true],
    ["app==ray,tier=gpu", true],
    ["app=ray,tier=cpu", false],
    ["app!=ray", false],
    ["missing!=x", true],
    ["app in (ray, jax)", true],
    ["tier notin (gpu,cpu)", false],
    ["missing notin (x)", true],
    ["app", true],
    ["!app", false],
    ["!missing", true],
    ["rank>2", true],
    ["rank<3", false],
  ])("%j: %s", (text, wanted) => expect(matchesLabels(parseSelector(text), labels)).toBe(wanted));
});

test.each(["app in ray", "a,,b", "a=(b", "a b", "=x"])("%j is refused", (text) =>
  expect(() => parseSelector(text)).toThrow(/unable to parse/),
);

test("an absent object selector matches nothing, an empty one everything", () => {
  expect(matchesLabels(fromLabelSelector(undefined), labels)).toBe(false);
  expect(matchesLabels(fromLabelSelector({}), labels)).toBe(true);
});

test("expressions of an object selector", () => {
  const selector = fromLabelSelector({
    matchLabels: { app: "ray" },
    matchExpressions: [
      { key: "tier", operator: "In", values: ["gpu"] },
      { key: "x", operator: "DoesNotExist" },
    ],
  });
  expect(matchesLabels(selector, labels)).toBe(true);
  expect(() => fromLabelSelector({ matchExpressions: [{ key: "a", operator: "Near" }] })).toThrow();
});

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}[a-z0-9]$/);
const requirement: fc.Arbitrary<Requirement> = fc.oneof(
  fc.record({
    key: word,
    operator: fc.constantFrom("In" as const, "NotIn" as const),
    values: fc.array(word, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    key: word,
    operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const),
    values: fc.constant([]),
  }),
);

function written({ key, operator, values }: Requirement): string {
  if (operator === "Exists") return key;
  if (operator === "DoesNotExist") return `!${key}`;
  const [one = ""] = values;
  const is = operator === "In";
  if (values.length === 1) return `${key}${is ? "=" : "!="}${one}`;
  return `${key} ${is ? "in" : "notin"} (${values.join(",")})`;
}

test("requirements are read as they are written", () => {
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 4 }), (requirements) => {
      expect(parseSelector(requirements.map(written).join(","))).toEqual({ requirements });
    }),
  );
});

test("fields", () => {
  const selector = parseFieldSelector("metadata.name=x,status.phase!=Running");
  const at = (values: Record<string, string>) => (path: string) => values[path];
  expect(matchesFields(selector, at({ "metadata.name": "x", "status.phase": "Pending" }))).toBe(true);
  expect(matchesFields(selector, at({ "metadata.name": "x", "status.phase": "Running" }))).toBe(false);
  expect(() => parseFieldSelector("nonsense")).toThrow();
});
