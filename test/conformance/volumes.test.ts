/** Data of the machine in pods of the local node: hostPath volumes by type, and claims on volumes that are there already. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PersistentVolume, PersistentVolumeClaim } from "../../src/api/core/kinds.ts";
import type { Volume, VolumeMount } from "../../src/api/core/pod.ts";
import type { Claim, PersistentVolume as VolumeObject } from "../../src/api/core/volume.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestNode, type TestNode } from "./node.ts";

const readOnly = { readOnly: true };
const isLinux = process.platform === "linux";

describe.runIf(isLinux)("data of the machine", () => {
  const data = mkdtempSync(join("/var/tmp", "windlass-data-"));
  const socket = createServer();
  let node: TestNode;
  beforeAll(async () => {
    mkdirSync(join(data, "set"));
    writeFileSync(join(data, "set", "words"), "one two\n");
    await new Promise<void>((resolve) => socket.listen(join(data, "socket"), resolve));
    node = await startTestNode("auto");
  });
  afterAll(async () => {
    await node?.stop();
    socket.close();
    rmSync(data, { recursive: true, force: true });
  });

  /** What a pod prints that mounts `volume` at /data and runs `script`. */
  async function printed(name: string, script: string, volume: Omit<Volume, "name">, mount: Partial<VolumeMount> = {}) {
    const volumeMounts = [{ name: "data", mountPath: "/data", ...mount }];
    await node.run(name, script, { volumes: [{ name: "data", ...volume }] }, { volumeMounts });
    await node.ended(name);
    return node.logs(name);
  }

  const waitingFor = async (name: string) => {
    const pod = await node.until(name, ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.message);
    return pod.status?.containerStatuses?.[0]?.state?.waiting;
  };

  it("a hostPath shows what the machine has there, and takes what the pod writes", async () => {
    const hostPath = { path: join(data, "set"), type: "Directory" };
    expect(await printed("writes", "cat /data/words; echo new >/data/new", { hostPath })).toBe("one two\n");
    expect(readFileSync(join(data, "set", "new"), "utf8")).toBe("new\n");
  });

  it("a read-only mount of it takes nothing", async () => {
    const hostPath = { path: join(data, "set") };
    expect(await printed("reads", "touch /data/no 2>&1 || true", { hostPath }, readOnly)).toMatch(
      /Read-only file system/,
    );
    expect(existsSync(join(data, "set", "no"))).toBe(false);
  });

  it.each([
    ["DirectoryOrCreate", "made/deep", "test -d /data/in && echo yes"],
    ["FileOrCreate", "made-file", "test -f /data/in && echo yes"],
    ["File", "set/words", "test -f /data/in && echo yes"],
    ["Socket", "socket", "test -S /data/in && echo yes"],
  ])("a hostPath of type %s is mounted", async (type, path, script) => {
    const hostPath = { path: join(data, path), type };
    const mount = { mountPath: "/data/in" };
    expect(await printed(`type-${type.toLowerCase()}`, script, { hostPath }, mount)).toBe("yes\n");
  });

  it.each([
    ["", "none", "hostPath PATH does not exist on this machine"],
    ["Directory", "none", "hostPath type check failed: PATH is not a directory (it does not exist)"],
    ["Directory", "set/words", "hostPath type check failed: PATH is not a directory"],
    ["DirectoryOrCreate", "set/words", "hostPath type check failed: PATH is not a directory"],
    ["File", "set", "hostPath type check failed: PATH is not a file"],
    ["Socket", "set", "hostPath type check failed: PATH is not a socket file"],
    ["BlockDevice", "set", "hostPath type check failed: PATH is not a block device"],
    ["CharDevice", "set", "hostPath type check failed: PATH is not a character device"],
  ])("a hostPath of type %j on %s is refused with the reason", async (type, path, message) => {
    const name = `bad-${type.toLowerCase()}-${path.replace("/", "-")}`;
    const volumes = [{ name: "data", hostPath: { path: join(data, path), ...(type && { type }) } }];
    await node.run(name, "true", { volumes }, { volumeMounts: [{ name: "data", mountPath: "/data" }] });
    const reason = "CreateContainerConfigError";
    expect(await waitingFor(name)).toEqual({ reason, message: message.replace("PATH", join(data, path)) });
    await node.remove(name, 0);
  });

  const volume = (source: object, more: object = {}) => ({
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadOnlyMany"], ...source, ...more },
  });
  const claim = (more: object) => ({
    spec: { accessModes: ["ReadOnlyMany"], resources: { requests: { storage: "1Gi" } }, ...more },
  });
  const get = {
    claim: (name: string) => node.client.get<Claim>({ kind: PersistentVolumeClaim, namespace: "default", name }),
    volume: (name: string) => node.client.get<VolumeObject>({ kind: PersistentVolume, name }),
  };
  const createVolume = (name: string, fields: Readonly<Record<string, unknown>>) =>
    node.client.create(PersistentVolume, { apiVersion: "v1", kind: "PersistentVolume", metadata: { name }, ...fields });

  it.each([
    ["the claim names the volume", "by-name", { hostPath: { path: join(data, "set") } }, {}, { volumeName: "by-name" }],
    [
      "the volume names the claim",
      "reserved",
      { local: { path: join(data, "set") } },
      { claimRef: { namespace: "default", name: "reserved" } },
      {},
    ],
    [
      "both are of one class",
      "by-class",
      { hostPath: { path: join(data, "set") } },
      { storageClassName: "datasets" },
      { storageClassName: "datasets" },
    ],
  ])("a claim shows its volume's data where %s", async (_, name, source, ofVolume, ofClaim) => {
    await createVolume(name, volume(source, ofVolume));
    await node.create(PersistentVolumeClaim, { name }, claim(ofClaim));
    const persistentVolumeClaim = { claimName: name };
    expect(await printed(name, "cat /data/words", { persistentVolumeClaim }, readOnly)).toBe("one two\n");
    expect(await get.claim(name)).toMatchObject({
      spec: { volumeName: name },
      status: { phase: "Bound", accessModes: ["ReadOnlyMany"], capacity: { storage: "1Gi" } },
    });
    await eventually(async () => (await get.volume(name)).status?.phase === "Bound", "the volume is Bound");
  });

  it("a claim without a class waits for its volume, says so, and is bound when there is one", async () => {
    await node.create(PersistentVolumeClaim, { name: "early" }, claim({ storageClassName: "" }));
    const reason = "FailedBinding: no persistent volumes available for this claim and no storage class is set";
    await eventually(async () => (await node.events("early")).includes(reason), "the event is there");
    expect((await get.claim("early")).status?.phase).toBe("Pending");
    await createVolume("late", volume({ hostPath: { path: join(data, "set") } }));
    expect(await printed("early", "cat /data/words", { persistentVolumeClaim: { claimName: "early" } })).toBe(
      "one two\n",
    );
  });

  it("a claim that is deleted leaves the data, and its volume is released", async () => {
    await createVolume("let-go", volume({ hostPath: { path: join(data, "set") } }));
    await node.create(PersistentVolumeClaim, { name: "let-go" }, claim({ volumeName: "let-go" }));
    await eventually(async () => (await get.volume("let-go")).status?.phase === "Bound", "the volume is Bound");
    await node.client.delete({ kind: PersistentVolumeClaim, namespace: "default", name: "let-go" });
    await eventually(async () => (await get.volume("let-go")).status?.phase === "Released", "the volume is Released");
    expect((await get.volume("let-go")).spec).toMatchObject({ persistentVolumeReclaimPolicy: "Retain" });
    expect(readFileSync(join(data, "set", "words"), "utf8")).toBe("one two\n");
  });

  it("a volume of a kind that one machine cannot mount is refused with the reason", async () => {
    await createVolume("nfs", volume({ nfs: { server: "s", path: "/" } }));
    await node.create(PersistentVolumeClaim, { name: "nfs" }, claim({ volumeName: "nfs" }));
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "nfs" } }];
    await node.run("nfs", "true", { volumes }, { volumeMounts: [{ name: "data", mountPath: "/data" }] });
    // Until the claim is bound, the pod waits for that.
    const message = 'persistentvolume "nfs" is of type nfs, which this machine cannot mount: use hostPath or local';
    await node.until("nfs", ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.message === message);
  });
});

describe("data of the machine, where pods have no mounts", () => {
  const data = mkdtempSync(join("/var/tmp", "windlass-data-"));
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode("plain");
  });
  afterAll(async () => {
    await node?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  it("a folder that is mounted where it is can be written, as the outputs are", async () => {
    const path = join(data, "outputs");
    const volumes = [{ name: "data", hostPath: { path, type: "DirectoryOrCreate" } }];
    await node.run(
      "plain",
      `echo kept >${path}/file`,
      { volumes },
      { volumeMounts: [{ name: "data", mountPath: path }] },
    );
    await node.ended("plain");
    expect(readFileSync(join(path, "file"), "utf8")).toBe("kept\n");
  });

  it("a folder that is mounted elsewhere is refused: the program would find nothing there", async () => {
    const volumes = [{ name: "data", hostPath: { path: data } }];
    await node.run("moved", "true", { volumes }, { volumeMounts: [{ name: "data", mountPath: "/data" }] });
    const pod = await node.until("moved", ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.message);
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe(
      "volume data cannot be mounted at /data: pods on this machine share the host's mounts",
    );
  });
});
