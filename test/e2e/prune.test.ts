/** `windlass prune` on a cache of its own: what is needed stays, what is not goes, and a dry run touches nothing. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { shellManifest, Windlass } from "./windlass.ts";

const cache = mkdtempSync(join("/var/tmp", "windlass-e2e-prune-"));
const windlass = new Windlass({ XDG_CACHE_HOME: cache });
afterAll(async () => {
  await windlass.stop();
  rmSync(cache, { recursive: true, force: true });
});

interface Pruned {
  readonly removed: boolean;
  readonly bytes: number;
  readonly entries: readonly { readonly kind: string; readonly name: string; readonly path: string }[];
}
interface Named {
  readonly metadata: { readonly name: string };
}
const nameOf = ({ metadata }: Named) => metadata.name;
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
  expect((await windlass.run("prune", ...now)).stdout).toBe("freed 0 B\n");

  expect((await windlass.run("run", over)).status).toBe(0);
});

test("what deleted objects left behind goes, and old experiments when asked, but not what goes on", async () => {
  const left = join(windlass.state, "pods", "default_experiment-gone-0000-main-0-0-abcde_00000000", "main");
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, "0.log"), "x".repeat(5000));
  expect(kinds(await windlass.json<Pruned>("prune", ...now))).toContain("log");
  expect(existsSync(dirname(left))).toBe(false);

  const all = await windlass.json<readonly Named[]>("list");
  const ended = (await windlass.json<readonly Named[]>("list", "--state", "Succeeded")).map(nameOf);
  expect([ended.length, all.length]).toEqual([2, 3]);
  expect(kinds(await windlass.json<Pruned>("prune", "--experiments", "1h"))).toEqual([]);
  const refused = await windlass.run("prune", "--experiments", "0s");
  expect([refused.status, refused.output]).toEqual([2, expect.stringContaining("[CONFIRMATION_NEEDED]")]);
  const { entries, bytes } = await windlass.json<Pruned>("prune", "--experiments", "0s", "--yes");
  const gone = entries.filter(({ kind }) => kind === "experiment");
  expect(gone.map(({ name }) => name).toSorted()).toEqual(ended.toSorted());
  expect(bytes).toBeGreaterThan(0);
  expect(await windlass.json<readonly Named[]>("list")).toHaveLength(1);
});

test("a duration that is none is told", async () => {
  const { status, output } = await windlass.run("prune", "--older-than", "week");
  expect(status).toBe(2);
  expect(output).toContain("--older-than week: expected a duration such as 30m, 24h or 7d");
});
