import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { coordinatesOfName } from "../pods/coordinates.ts";
import { type KeptRequest, keptLines, keptPods, mainContainer } from "./kept-logs.ts";
import type { Paths } from "../program/paths.ts";

let state = "";
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "windlass-kept-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

const paths = (): Paths => ({ state, cache: "", kubeconfig: "", server: "", log: "" });
function keep(pod: string, file: string, ...lines: readonly string[]): void {
  const path = join(state, "pods", `default_${pod}_uid-${pod}`, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, lines.map((text, at) => `2026-01-01T00:00:0${at}.0Z stdout F ${text}\n`).join(""));
  utimesSync(path, 7, 7);
}
const only = () => {
  const [pod] = keptPods(paths(), "default", "e");
  if (!pod) throw new Error("nothing was kept");
  return pod;
};

test("finds the pods of one experiment and of no other, by name and uid", () => {
  keep("e-w-0-0-abcde", "main/0.log", "hello");
  keep("other-w-0-0-abcde", "main/0.log", "no");
  const [pod, ...others] = keptPods(paths(), "default", "e");
  expect(others).toEqual([]);
  expect(pod).toMatchObject({ name: "e-w-0-0-abcde", uid: "uid-e-w-0-0-abcde", time: 7000 });
  expect(keptPods(paths(), "elsewhere", "e")).toEqual([]);
});

test("nothing was kept where nothing ever ran", () => expect(keptPods(paths(), "default", "e")).toEqual([]));

test("the log of a pod is that of its program, not of what prepares or accompanies it", () => {
  for (const container of ["main", "wait-for-ranks", "tensorboard"]) keep("e-w", `${container}/0.log`, container);
  expect(mainContainer(only())).toBe("main");
});

test.each<[string, KeptRequest, readonly string[]]>([
  ["the last run", {}, ["ten a", "ten b", "ten c"]],
  ["the run before", { previous: true }, ["nine"]],
  ["the last lines", { tailLines: 1 }, ["ten c"]],
  ["no lines at all", { tailLines: 0 }, []],
  ["lines from a time on", { since: "2026-01-01T00:00:01" }, ["ten b", "ten c"]],
  ["another container", { container: "side" }, ["beside"]],
])("reads %s", (_, request, wanted) => {
  keep("e-w", "main/9.log", "nine");
  keep("e-w", "main/10.log", "ten a", "ten b", "ten c");
  keep("e-w", "side/0.log", "beside");
  expect(keptLines(only(), request).map(({ text }) => text)).toEqual(wanted);
});

test.each<[string, string, object | undefined]>([
  ["a pod", "e-1-worker-2-3-abcde", { type: "worker", job: 2, index: 3 }],
  ["a type with a hyphen and a number", "e-1-worker-2-0-1-abcde", { type: "worker-2", job: 0, index: 1 }],
  ["a pod of another set", "f-1-worker-2-3-abcde", undefined],
  ["a pod of a Ray cluster", "e-1-head-abcde", undefined],
])("tells the coordinates from the name of %s", (_, name, wanted) =>
  expect(coordinatesOfName("e-1", name)).toEqual(wanted),
);
