import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findsPattern, isPattern } from "./pattern.ts";

describe("finds", () => {
  it.each<[string, string, boolean]>([
    ["b+", "aabbcc", true],
    ["^b", "abc", false],
    ["^a.c$", "abc", true],
    ["^a.c$", "a\nc", false],
    ["(?s)^a.c$", "a\nc", true],
    ["^b$", "a\nb\nc", false],
    ["(?m)^b$", "a\nb\nc", true],
    ["(?i)FAILED", "job failed", true],
    ["a(?i:B)C", "abC", true],
    ["a(?i:B)C", "abc", false],
    ["(?i)a(?-i)B", "AB", true],
    ["(?i)a(?-i)B", "Ab", false],
    ["\\Ajob\\z", "job", true],
    ["job\\z", "job\n", false],
    ["\\bpod\\b", "a pod dies", true],
    ["\\bpod\\b", "pods", false],
    ["\\Bods", "pods", true],
    ["exit code \\d{1,3}$", "exit code 137", true],
    ["^x{2,3}$", "xxxx", false],
    ["^x{2,}$", "xxxx", true],
    ["^x{0}$", "", true],
    ["x{,2}", "x{,2}", true],
    ["{", "a{b", true],
    ["^{x}{1}$", "{x}", true],
    ["a?{", "{", true],
    ["[[:upper:]][[:^digit:]]", "aB-", true],
    ["[^a-c]", "abc", false],
    ["[]a]", "]", true],
    ["[a-]", "-", true],
    ["[\\d.]+%", "99.5%", true],
    ["[^\\W]", "-", false],
    ["\\pL\\p{Greek}\\PN", "aβc", true],
    ["\\Qa.b\\E+", "xa.bbb", true],
    ["\\Qa.b", "aXb", false],
    ["(?P<name>ab)|(?<other>cd)", "xcd", true],
    ["\\x41\\x{1F600}\\101", "A😀A", true],
    ["^.$", "😀", true],
    ["(a|b)*?c", "abac", true],
    ["(|a)+$", "b", true],
    ["", "", true],
    ["a|", "b", true],
    ["node \\[[a-z0-9.-]+\\]", "node [gke-1.a]", true],
  ])("%s in %j: %s", (pattern, text, found) => {
    expect(isPattern(pattern)).toBe(true);
    expect(findsPattern(pattern, text)).toBe(found);
  });
});

it.each([
  "(",
  ")",
  "a)",
  "[a",
  "*a",
  "a**",
  "a*{2}",
  "a{2}{3}",
  "a{2}*",
  "{2}",
  "a|{2}",
  "({2})",
  "(?i){2}",
  "a{2,1}",
  "a{1001}",
  "(?=a)",
  "(?!a)",
  "(?<=a)",
  "(a)\\1",
  "\\y",
  "(?z)",
  "\\p{Nope}",
  "[[:nope:]]",
  "[z-a]",
  "a\\",
  "((a{1000}){1000})",
])("takes %s for no pattern, which is found nowhere", (pattern) => {
  expect(isPattern(pattern)).toBe(false);
  expect(findsPattern(pattern, "a")).toBe(false);
});

it("takes time linear in the text for patterns that make backtracking engines stall", () => {
  expect(findsPattern("^(a+)+$", `${"a".repeat(2000)}b`)).toBe(false);
  expect(findsPattern(`${"a?".repeat(30)}${"a".repeat(30)}`, "a".repeat(30))).toBe(true);
});

it("agrees with JavaScript where the two syntaxes are one", () => {
  const piece = fc.constantFrom(
    "a",
    "b",
    "c",
    ".",
    "[ab]",
    "[^a]",
    "\\d",
    "\\w",
    "\\b",
    "^",
    "$",
    "a*",
    "b+",
    "c?",
    "a{2}",
    "b{1,2}?",
    "(?:a|bc)",
    "(a|)+",
    "(b|c)*",
    "|",
  );
  const pattern = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "1", " ", "\n"), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (source, subject) => {
      expect(findsPattern(source, subject)).toBe(new RegExp(source, "u").test(subject));
    }),
    { numRuns: 2000 },
  );
});
