/** What a hurried newcomer types, and what the program answers before it does anything. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { goodManifest, runIn } from "../command-line.test-support.ts";

const cwd = mkdtempSync(join(tmpdir(), "windlass-help-"));
writeFileSync(join(cwd, "manifest.yaml"), goodManifest);
writeFileSync(join(cwd, "train.py"), "");
afterEach(() => {
  process.exitCode = undefined;
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("the help shows every command in a group, those to begin with first", async () => {
  const { out } = await runIn(cwd, "help");
  const headings = out.split("\n").filter((line) => /^[A-Z].*:$/.test(line));
  expect(headings.slice(0, 3)).toEqual(["Options:", "Run:", "See what happens:"]);
  expect(headings).not.toContain("Commands:");
  expect(out).toMatch(/^Run:\n {2}init {2,}\S/m);
  expect(out).toContain("New here? `windlass init` writes a manifest");
});

test.each<[readonly string[], number, string]>([
  [["logs"], 2, "`windlass logs latest` takes the newest; `windlass list` shows the names"],
  [["sweep", "status"], 2, "`windlass sweep status latest` takes the newest; `windlass sweep list` shows the names"],
  [
    ["exec", "latest", "ls", "x"],
    2,
    'unexpected argument "ls"; put arguments for the program after --: `windlass exec latest -- ls x`',
  ],
  [["run", "train.py"], 2, "`windlass init --command 'python3 -u train.py'` writes a manifest that runs it"],
  [["init", "/proc/nowhere", "--yes"], 1, "cannot write to /proc/nowhere: ENOENT"],
  [["run", "--kubeconfig", "nowhere", "--start-deadline", "soon"], 2, "--start-deadline soon: expected a duration"],
  [["run", "--kubeconfig", "nowhere", "--label", "=x"], 2, "label =x: "],
])("windlass %j", async (words, status, said) => {
  const ended = await runIn(cwd, ...words);
  expect(ended.err).toContain(said);
  expect(ended.status).toBe(status);
});
