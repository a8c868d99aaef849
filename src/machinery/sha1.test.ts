import { expect, it } from "vitest";
import { sha1 } from "./sha1.ts";

it.each([
  ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
  ["abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"],
  ["default/train-workers-1", "f7cd59a344a70b9510e91bf1b6f8a70533d949ef"],
])("hashes %j", (text, hash) => {
  expect(sha1(text)).toBe(hash);
});
