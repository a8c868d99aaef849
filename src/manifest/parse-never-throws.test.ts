/** Texts and trees that nobody would write. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { read } from "./parse.test-support.ts";

describe("parseManifest never throws", () => {
  const scalar = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom("kuberay", "jobset", "pytorch", "1Gi", "*a", "&a"),
  );
  const key = fc.constantFrom(
    "kind",
    "spec",
    "operator",
    "types",
    "Head",
    "Workers",
    "worker",
    "resources",
    "cpus",
    "memory",
    "<<",
    "debug",
    "storage",
    "constructor",
    "__proto__",
    "timeout",
    "count",
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      scalar,
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(key, tie("tree"), { maxKeys: 6 }),
    ),
  }));

  it("whatever the text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => Array.isArray(read(text).problems)));
  });

  it("whatever the tree, and has a manifest or an error", () => {
    fc.assert(
      fc.property(tree, (value) => {
        const { manifest: result, problems } = read(JSON.stringify(value) ?? "");
        return (result === undefined) === problems.some(({ severity }) => severity === "error");
      }),
    );
  });

  it("when aliases multiply", () => {
    const levels = Array.from({ length: 12 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`);
    const { problems } = read(["a0: &a0 x", ...levels].join("\n"));
    expect(problems.map(({ code }) => code)).toContain("MANIFEST_SYNTAX");
  });

  it("when nesting has no end", () => {
    expect(read("[".repeat(100_000)).manifest).toBeUndefined();
  });
});
