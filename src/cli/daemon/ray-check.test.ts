/** Whether an environment has Ray, and what is said when it has not. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findMissingRay } from "./ray-check.ts";

const manifest = (operator: string, types: string) => `kind: AIchorManifest
apiVersion: "0.2.3"
spec: { operator: ${operator}, image: x, command: "true", ${operator === "kuberay" ? 'rayVersion: "2.60.0", ' : ""}types: ${types} }
`;
const resources = "{ resources: { cpus: 1, ramRatio: 1 } }";
const ray = manifest("kuberay", `{ Head: ${resources}, Workers: [] }`);
const folders: string[] = [];
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "windlass-ray-"));
  folders.push(folder);
  return folder;
}
const empty = makeFolder();
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

test("an environment without ray is told with its place and the line to add", () => {
  const missing = findMissingRay(ray, empty, "the environment of /there");
  expect(missing?.message).toContain("the environment of /there has no program `ray`");
  expect(missing?.remedy).toContain("`ray[default]==2.60.0`");
});

test("any folder of the path may have ray", () => {
  const folder = makeFolder();
  writeFileSync(join(folder, "ray"), "#!/bin/sh\n");
  chmodSync(join(folder, "ray"), 0o755);
  expect(findMissingRay(ray, `${empty}:${folder}`, "here")).toBeUndefined();
});

test("other operators need none", () => {
  expect(findMissingRay(manifest("jobset", `{ main: ${resources} }`), empty, "here")).toBeUndefined();
});
