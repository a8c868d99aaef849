import { describe, expect, test } from "vitest";
import { deepEqual } from "./deep-equal.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { closest, editDistance } from "./did-you-mean.ts";
import { formatAge, parseAge, parseGoDuration } from "./duration.ts";
import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isQualifiedName,
  randomSuffix,
} from "./names.ts";
import { sortedJson } from "./sorted-json.ts";

describe("durations", () => {
  test.each([
    ["1h30m", 5_400_000],
    ["300ms", 300],
    ["1.5h", 5_400_000],
    ["0", 0],
    ["-1s", -1000],
    ["300", undefined],
    ["", undefined],
    ["1x", undefined],
  ])("%j is %s ms", (text, wanted) => expect(parseGoDuration(text)).toBe(wanted));

  test.each([
    ["7d", 604_800_000],
    ["1w2d", 777_600_000],
    ["1d12h", 129_600_000],
    ["90m", 5_400_000],
    ["0s", 0],
    ["", undefined],
    ["d", undefined],
    ["-1h", undefined],
    ["7 days", undefined],
  ])("the age %j is %s ms", (text, wanted) => expect(parseAge(text)).toBe(wanted));

  test.each([
    [45_000, "45s"],
    [119_000, "119s"],
    [200_000, "3m20s"],
    [600_000, "10m"],
    [5.5 * 3_600_000, "5h30m"],
    [30 * 3_600_000, "30h"],
    [51 * 3_600_000, "2d3h"],
    [400 * 86_400_000, "400d"],
  ])("%d ms is %s old", (ms, wanted) => expect(formatAge(ms)).toBe(wanted));
});

describe("names", () => {
  test.each([
    [isDns1123Label, "abc-1", true],
    [isDns1123Label, "1abc", true],
    [isDns1123Label, "Abc", false],
    [isDns1123Label, "a".repeat(64), false],
    [isDns1035Label, "1abc", false],
    [isDns1123Subdomain, "a.b-c.d", true],
    [isDns1123Subdomain, "a..b", false],
    [isQualifiedName, "ray.io/cluster", true],
    [isQualifiedName, "/x", false],
    [isQualifiedName, "a/b/c", false],
    [isLabelValue, "", true],
    [isLabelValue, "-x", false],
  ])("%o %s", (check, text, valid) => expect(check(text).length === 0).toBe(valid));

  test("random suffixes have no vowels", () => {
    let seed = 0;
    expect(randomSuffix(() => (seed = (seed + 0.37) % 1), 40)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{40}$/);
  });
});

describe("did you mean", () => {
  test.each([
    ["kuberya", ["kuberay", "jax"], "kuberay"],
    ["ramRatoi", ["ramRatio", "cpus"], "ramRatio"],
    ["xyz", ["kuberay", "jax"], undefined],
    ["ab", ["cd"], undefined],
  ])("%s of %j: %s", (word, candidates, wanted) => expect(closest(word, candidates)).toBe(wanted));
  test("a swap is one edit", () => expect(editDistance("ab", "ba")).toBe(1));
});

test("an undefined member equals an absent one; null does not", () => {
  expect(deepEqual({ a: undefined, b: [1] }, { b: [1] })).toBe(true);
  expect(deepEqual({ a: null }, {})).toBe(false);
  expect(deepEqual([1], { 0: 1 })).toBe(false);
});

test("freezing goes all the way down", () => {
  const value = deepFreeze({ a: { b: [1] } });
  expect(Object.isFrozen(value.a.b)).toBe(true);
});

describe("JSON with sorted keys", () => {
  test.each([
    [{ b: [{ d: 1, c: null }], a: "x" }, '{"a":"x","b":[{"c":null,"d":1}]}'],
    [{ b: undefined, a: 1.5 }, '{"a":1.5}'],
    [undefined, "null"],
  ])("%j", (value, wanted) => expect(sortedJson(value)).toBe(wanted));
});
