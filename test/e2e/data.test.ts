/** The user's own data in an experiment: folders by flag and by manifest, and claims that were there before it. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Experiment } from "../../src/api/experiment/types.ts";
import { canMountSilently, mountSilently } from "../conformance/silent-mount.ts";
import { shellManifest, Windlass } from "./windlass.ts";

const windlass = new Windlass();
const data = mkdtempSync(join("/var/tmp", "windlass-data-"));
beforeAll(() => {
  mkdirSync(join(data, "other"));
  writeFileSync(join(data, "words"), "one two\n");
  writeFileSync(join(data, "other", "words"), "three\n");
});
afterAll(async () => {
  await windlass.stop();
  rmSync(data, { recursive: true, force: true });
});

const run = (command: string, more: string, ...flags: readonly string[]) =>
  windlass.run("run", windlass.project(shellManifest(command, more)), ...flags);

describe("windlass run --mount", () => {
  test("shows a folder of the machine, which the pods cannot write", async () => {
    const { status, output } = await run("cat /data/words; ! touch /data/mine", "", "--mount", `${data}:/data`);
    expect(status, output).toBe(0);
    expect(output).toContain("one two");
    expect(output).toContain("Read-only file system");
    expect(existsSync(join(data, "mine"))).toBe(false);
    const { spec } = await windlass.json<Experiment>("get", "latest");
    expect(spec.mounts).toEqual([{ hostPath: data, mountPoint: "/data", readOnly: true }]);
  });

  test("lets the pods write where :rw says so", async () => {
    const { status, output } = await run("echo mine >/data/mine", "", "--mount", `${data}:/data:rw`);
    expect(status, output).toBe(0);
    expect(readFileSync(join(data, "mine"), "utf8")).toBe("mine\n");
  });

  test.each([
    ["a folder that does not exist", `${data}/none:/data`, `--mount: ${data}/none does not exist [MOUNT_SOURCE]`, 1],
    ["a file", `${data}/words:/data`, `--mount: ${data}/words is not a folder`, 1],
    ["a mode that is none", `${data}:/data:x`, `--mount ${data}:/data:x: expected ro or rw, not "x"`, 2],
  ])("refuses %s before anything runs", async (_, given, message, wanted) => {
    const { status, output } = await run("true", "", "--mount", given);
    expect(output).toContain(message);
    expect(output).not.toContain("Waiting");
    expect(status).toBe(wanted);
  });
});

test.runIf(canMountSilently)("a folder that does not answer is refused in a moment, and named", async () => {
  const share = join(data, "share");
  mkdirSync(share);
  const mount = await mountSilently(share);
  try {
    const { status, output } = await run("true", "", "--mount", `${share}/set:/data`);
    expect(output).toContain(`--mount: cannot read ${share}/set: the file system mounted at ${share} does not answer`);
    expect(output).toContain(`sudo umount -l ${share}`);
    expect(status).toBe(1);
  } finally {
    mount.unmount();
    rmSync(share, { recursive: true });
  }
});

describe("storage.mounts of the manifest", () => {
  const mounts = (more = "") => `  storage: { mounts: [{ hostPath: ${data}, mountPoint: /data${more} }] }\n`;

  test("shows a folder, read-only unless it says otherwise; a flag puts another in its place", async () => {
    const read = await run("cat /data/words; ! touch /data/no", mounts());
    expect(read.output).toContain("one two");
    expect(read.output).toContain("Read-only file system");
    const written = await run("echo yes >/data/yes", mounts(", readOnly: false"));
    expect(written.status, written.output).toBe(0);
    expect(existsSync(join(data, "yes"))).toBe(true);
    const other = await run("cat /data/words", mounts(), "--mount", `${data}/other:/data`);
    expect(other.output).toContain("three");
  });

  test("refuses a folder that does not exist", async () => {
    const missing = mounts().replace(data, `${data}/none`);
    const { status, output } = await run("true", missing);
    expect(output).toContain(`spec.storage.mounts[0].hostPath: ${data}/none does not exist [MOUNT_SOURCE]`);
    expect(status).toBe(1);
  });
});

describe("attachExistingPVCs", () => {
  test("shows the data of a claim that was made from a folder with kubectl, and keeps it", async () => {
    await windlass.run("up");
    const objects = `apiVersion: v1
kind: PersistentVolume
metadata: { name: imagenet }
spec:
  capacity: { storage: 100Gi }
  accessModes: [ReadWriteMany]
  hostPath: { path: ${data}, type: Directory }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: imagenet }
spec:
  accessModes: [ReadWriteMany]
  volumeName: imagenet
  resources: { requests: { storage: 100Gi } }
`;
    const file = join(data, "claim.yaml");
    writeFileSync(file, objects);
    const { stdout } = await windlass.run("kubeconfig");
    const kubectl = (...args: readonly string[]) =>
      execFileSync("kubectl", args, { encoding: "utf8", env: { ...process.env, KUBECONFIG: stdout.trim() } });
    kubectl("apply", "-f", file);
    const { status, output } = await run(
      "cat /data/words; echo written >/data/written",
      "  storage: { attachExistingPVCs: [{ name: imagenet, mountPoint: /data }] }\n",
    );
    expect(status, output).toBe(0);
    expect(output).toContain("one two");
    expect(kubectl("get", "pvc", "imagenet", "-o", "jsonpath={.status.phase} {.spec.volumeName}")).toBe(
      "Bound imagenet",
    );
    kubectl("delete", "pvc", "imagenet");
    expect(readFileSync(join(data, "written"), "utf8")).toBe("written\n");
    expect(kubectl("get", "pv", "imagenet", "-o", "jsonpath={.spec.hostPath.path}")).toBe(data);
  });
});
