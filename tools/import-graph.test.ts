import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { circles } from "./import-circles.ts";
import { violations } from "./import-graph.ts";

test("every import below src/ is one that the layer table allows", () => {
  expect(violations()).toEqual([]);
});

test("no file imports itself by way of others, not for a type either", () => {
  expect(circles(join(import.meta.dirname, ".."))).toEqual([]);
});

test("a circle is told once, with everyone on the way", () => {
  const root = mkdtempSync(join(tmpdir(), "circles-"));
  try {
    mkdirSync(join(root, "src"));
    const files = {
      a: 'import "./b.ts";',
      b: 'import type { C } from "./c.ts";',
      c: 'await import("./a.ts");',
      d: 'import "./a.ts";',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, "src", `${name}.ts`), text);
    expect(circles(root)).toEqual(["circle of imports: src/a.ts → src/b.ts → src/c.ts → src/a.ts"]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
