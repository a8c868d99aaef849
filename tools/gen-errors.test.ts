/** Every error of the command line is in a table, so the reference page, which is generated from them, is complete. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { errorAreas } from "../src/cli/errors/index.ts";
import { generate } from "./gen-errors.ts";

const src = join(dirname(fileURLToPath(import.meta.url)), "..", "src");

test("errors are made by the makers of a table, nowhere else", () => {
  const files = globSync("**/*.ts", { cwd: src });
  const makers = files.filter((file) => readFileSync(join(src, file), "utf8").includes("new UserError("));
  expect(makers).toEqual(["cli/errors/define.ts"]);
});

test("the reference page has each code once, with when it occurs and any exit status but 1", () => {
  const page = generate()["docs/reference/errors.md"] ?? "";
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  const told = errorAreas.flatMap(({ table }) => Object.entries(table));
  expect(told.length).toBeGreaterThan(0);
  for (const [code, { when, exitStatus = 1 }] of told) {
    const row = rows.filter((line) => line.startsWith(`| \`${code}\` |`));
    expect(row, code).toHaveLength(1);
    expect(row[0]).toContain(when.replaceAll("|", "\\|"));
    expect(row[0]?.includes("(exit status 2)"), code).toBe(exitStatus === 2);
  }
});
