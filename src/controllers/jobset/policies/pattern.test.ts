import { describe, expect, it } from "vitest";
import { finderOf } from "./pattern.ts";

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
    expect(finderOf(pattern)(text)).toBe(found);
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
  "(?i)+",
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
])("takes %s for no pattern, and finds it nowhere", (pattern) => {
  // A pattern with this alternative would be found in every text.
  expect(finderOf(`|${pattern}`)("a")).toBe(false);
});

it("takes time linear in the text for patterns that make backtracking engines stall", () => {
  expect(finderOf("^(a+)+$")(`${"a".repeat(2000)}b`)).toBe(false);
  expect(finderOf(`${"a?".repeat(30)}${"a".repeat(30)}`)("a".repeat(30))).toBe(true);
});
