/**
 * Every shell block of the docs is run, page by page, in a project of a few lines, and must print what the page shows. What
 * cannot run here says why, in a comment before the block; tools/doc-blocks.ts tells how blocks are directed.
 */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { blocksOf } from "../../tools/doc-blocks.ts";
import { DocSession } from "./doc-session.ts";
import { root, shellManifest, Windlass } from "./windlass.ts";

// The command is called `windlass`, as people who installed it call it.
const windlass = new Windlass({
  PATH: `${join(root, "bin")}:${process.env["PATH"]}`,
  COLUMNS: "100",
  // pyenv's own, which it looks for in the home folder.
  PYENV_ROOT: process.env["PYENV_ROOT"] ?? join(homedir(), ".pyenv"),
});
const home = join(windlass.home, "ada");
mkdirSync(home);
/** Without what npm sets for the scripts that run these tests: advice would name the command as npx calls it. */
const inherited = Object.entries(windlass.env).filter(([name]) => !name.startsWith("npm_"));
const env = { ...Object.fromEntries(inherited), HOME: home, CHECKOUT: root };
afterAll(() => windlass.stop());

const pages = ["README.md", ...globSync("docs/**/*.md", { cwd: root }).toSorted()].map(
  (page) => [page, blocksOf(readFileSync(join(root, page), "utf8"))] as const,
);

const threeRanks = shellManifest("echo rank $RANK of $WORLD_SIZE")
  .replace("operator: jobset", "operator: pytorch")
  .replace("main:\n", "worker:\n      count: 3\n");

/** What pages are read in, where they do not write something else: one pod that greets and leaves a file, and three ranks. */
function makeProject(page: string): string {
  const folder = join(windlass.home, page.replaceAll(/\W+/g, "-"));
  mkdirSync(folder);
  writeFileSync(join(folder, "manifest.yaml"), shellManifest("sh main.sh"));
  writeFileSync(join(folder, "main.sh"), `echo hello\necho 1 > "$AICHOR_OUTPUT_PATH/result.txt"\n`);
  mkdirSync(join(folder, "hello"));
  writeFileSync(join(folder, "hello", "manifest.yaml"), threeRanks);
  return folder;
}

describe.each(pages.filter(([, blocks]) => blocks.length > 0))("%s", (page, blocks) => {
  const session = new DocSession(makeProject(page), env);
  test.each(blocks.map((block) => [block.line, block] as const))("line %i", async (_, block) => {
    await session.follow(block);
  });
});

test("what is not run is named with the reason", () => {
  const left = pages.flatMap(([page, blocks]) =>
    blocks.flatMap(({ line, action }) => (action.kind === "leave" ? [`${page}:${line}: ${action.reason}`] : [])),
  );
  process.stdout.write(`not run:\n  ${left.join("\n  ")}\n`);
  const run = pages.flatMap(([, blocks]) =>
    blocks.filter(({ action }) => action.kind === "run" || action.kind === "type"),
  );
  expect(run.length).toBeGreaterThan(left.length);
  expect(left.filter((line) => !/: needs [\w ]/.test(line))).toEqual([]);
});
