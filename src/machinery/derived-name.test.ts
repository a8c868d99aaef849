import { describe, expect, it } from "vitest";
import { derivedSuffix } from "./derived-name.ts";

describe("a derived suffix", () => {
  it("is the same for the same parts", () => {
    expect(derivedSuffix(["uid", "cluster", 1])).toBe(derivedSuffix(["uid", "cluster", 1]));
  });
  it("looks like one that the API server generates", () => {
    expect(derivedSuffix(["uid"])).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
  it("differs for the next attempt, and however the parts are cut", () => {
    const all = [["uid", 1], ["uid", 2], ["ui", "d1"], ["uid1"], ["other", 1]].map((parts) => derivedSuffix(parts));
    expect(new Set(all).size).toBe(all.length);
  });
});
