/** Files that pages name are there: a walk through the code must not lead to what has moved. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const files = globSync(["src/**/*.ts", "test/**/*.ts", "tools/*.ts", "bench/**/*.ts"], { cwd: root });
const pages = globSync(["*.md", "docs/**/*.md"], { cwd: root, exclude: ["CHANGELOG.md"] });

/** Whole, or from any folder on: `ray-start.ts` and `src/machinery/cel.ts` alike. */
const isThere = (path: string) => files.some((file) => file === path || file.endsWith(`/${path}`));

it.each(pages.toSorted())("%s", (page) => {
  const text = readFileSync(join(root, page), "utf8");
  const named = [...text.matchAll(/`([\w./-]+\.ts)`/g)].map((match) => match[1] ?? "");
  expect(named.filter((path) => !isThere(path))).toEqual([]);
});
