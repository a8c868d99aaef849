import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Layout } from "./dockerfile/files.ts";
import { placeSource } from "./place-source.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";

let folder: string;
let snapshot: Snapshot;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "place-"));
  mkdirSync(join(folder, "src", "pkg"), { recursive: true });
  writeFileSync(join(folder, "src", "main.py"), "main");
  writeFileSync(join(folder, "src", "pkg", "a.py"), "a");
  snapshot = takeSnapshot(join(folder, "src"), join(folder, "store"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (layout: Partial<Layout>) =>
  placeSource({ files: new Map(), folders: [], others: new Map(), ...layout }, snapshot, join(folder, "store"));

test("a source that is copied as it is stays as it is", () => {
  const files = new Map([
    ["main.py", "main.py"],
    ["pkg/a.py", "pkg/a.py"],
  ]);
  expect(place({ root: "/app", files })).toEqual({
    entry: snapshot.folder,
    folder: snapshot.folder,
    target: "/app",
    others: [],
  });
});

test("files are where they were copied to, once per content", () => {
  const layout = { root: "/app", files: new Map([["lib/b.py", "pkg/a.py"]]), others: new Map([["/etc/x", "main.py"]]) };
  const placed = place({ ...layout, folders: ["out"] });
  expect(new Set(readdirSync(placed.folder, { recursive: true, encoding: "utf8" }))).toEqual(
    new Set(["lib", "lib/b.py", "out"]),
  );
  expect(readFileSync(join(placed.folder, "lib/b.py"), "utf8")).toBe("a");
  expect(placed.others.map(({ target, source }) => [target, readFileSync(source, "utf8")])).toEqual([
    ["/etc/x", "main"],
  ]);
  expect(place({ ...layout, folders: ["out"] }).folder).toBe(placed.folder);
  expect(place(layout).folder).not.toBe(placed.folder);
});
