/** `windlass prune` on a cache of its own: what is needed stays, what is not goes, and a dry run touches nothing. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { eventually, shellManifest, Windlass } from "./windlass.ts";

const cache = mkdtempSync(join("/var/tmp", "windlass-e2e-prune-"));
const windlass = new Windlass({ XDG_CACHE_HOME: cache });
afterAll(async () => {
  await windlass.stop();
  rmSync(cache, { recursive: true, force: true });
});

interface Pruned {
  readonly removed: boolean;
  readonly bytes: number;
  readonly entries: readonly { readonly kind: string; readonly path: string }[];
}
const kinds = ({ entries }: Pruned) => entries.map(({ kind }) => kind).toSorted();
const now = ["--older-than", "0s"];

test("keeps what a running experiment stands on, and gives back the rest", async () => {
  const over = windlass.project(shellManifest("cat word.txt"), { "word.txt": "one\n" });
  expect((await windlass.run("run", over)).status).toBe(0);
  const going = windlass.project(shellManifest("cat word.txt; sleep 600"), { "word.txt": "two\n" });
  expect((await windlass.run("run", "--detach", going)).status).toBe(0);
  await eventually(async () => (await windlass.run("logs", "latest")).stdout.includes("two"), "the pod runs");

  expect(kinds(await windlass.json<Pruned>("prune"))).toEqual([]);
  const dry = await windlass.json<Pruned>("prune", ...now, "--dry-run");
  expect({ ...dry, entries: kinds(dry) }).toMatchObject({ removed: false, entries: ["image", "source"] });
  const pruned = await windlass.json<Pruned>("prune", ...now);
  expect(pruned.entries.map(({ path }) => path)).toEqual(dry.entries.map(({ path }) => path));
  expect((await windlass.run("prune", ...now)).stdout).toBe("gave back 0 B\n");

  expect((await windlass.run("run", over)).status).toBe(0);
});

test("a duration that is none is told", async () => {
  const { status, output } = await windlass.run("prune", "--older-than", "week");
  expect(status).toBe(2);
  expect(output).toContain("--older-than week: expected a duration such as 30m, 24h or 720h");
});
