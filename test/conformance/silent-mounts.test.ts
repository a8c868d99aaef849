/** Mounts of the machine that do not answer, as those of a server that is gone: pods start nevertheless, and who needs one is told. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestNode, type TestNode } from "./node.ts";
import { canMountSilently, mountSilently, type SilentMount } from "./silent-mount.ts";

describe.runIf(canMountSilently)("a machine with mounts that do not answer", () => {
  const top = mkdtempSync("/windlass-silent-");
  const folder = mkdtempSync("/windlass-data-");
  const nested = join(folder, "share");
  const mounts: SilentMount[] = [];
  let node: TestNode;

  beforeAll(async () => {
    mkdirSync(nested);
    for (const path of [top, nested]) mounts.push(await mountSilently(path));
    node = await startTestNode("auto");
  });
  afterAll(async () => {
    await node?.stop();
    for (const mount of mounts) mount.unmount();
    for (const path of [top, folder]) rmSync(path, { recursive: true });
  });

  it("starts pods, which see an empty folder in place of one", async () => {
    await node.run(
      "sees",
      `ls -A ${top} && ls ${folder} && echo ${top} | wc -l`,
      {},
      { env: [{ name: "PATH", value: `${top}/bin:/usr/bin:/bin` }] },
    );
    const pod = await node.ended("sees");
    expect(pod.status?.phase, await node.logs("sees")).toBe("Succeeded");
    expect(await node.logs("sees")).toBe("share\n1\n");
  });

  it("starts pods with something mounted beside one", async () => {
    const volumes = [{ name: "data", emptyDir: {} }];
    const volumeMounts = [{ name: "data", mountPath: join(folder, "own") }];
    await node.run("beside", `touch ${folder}/own/file && ls ${folder}/own`, { volumes }, { volumeMounts });
    await node.ended("beside");
    expect(await node.logs("beside")).toBe("file\n");
  });

  it.each([
    ["one itself", top, top],
    ["a folder in one", join(nested, "set"), nested],
  ])("refuses a volume that is %s, and says why", async (_, path, mount) => {
    const name = `wants-${path.split("/").at(-1)?.toLowerCase().slice(0, 8)}`;
    const volumes = [{ name: "data", hostPath: { path, type: "Directory" } }];
    await node.run(name, "true", { volumes }, { volumeMounts: [{ name: "data", mountPath: "/data" }] });
    const pod = await node.until(name, ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.message);
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting).toEqual({
      reason: "CreateContainerConfigError",
      message: `cannot mount ${path}: the file system mounted at ${mount} does not answer`,
    });
    await node.remove(name, 0);
  });

  it("says so on the node", async () => {
    const note = `MountSilent: the file system mounted at ${top} does not answer: new pods do not see it until it does`;
    await eventually(async () => (await node.events("local")).includes(note), `the node tells: ${note}`);
  });

  it("starts pods once the program of one is gone, too", async () => {
    await mounts[0]?.end();
    await node.run("after", "echo ran");
    await node.ended("after");
    expect(await node.logs("after")).toBe("ran\n");
  });
});
