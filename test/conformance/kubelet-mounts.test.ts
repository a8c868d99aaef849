/** What pods of the local node see of its files: volumes, roots, folders that stay. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigMap, PersistentVolumeClaim, Service } from "../../src/api/core/kinds.ts";
import type { Container } from "../../src/api/core/pod.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestNode, type TestNode } from "./node.ts";

const isLinux = process.platform === "linux";
const modes = isLinux ? (["namespaces", "shared", "plain"] as const) : (["shared", "plain"] as const);
const container = (name: string, script: string, more: Partial<Container> = {}): Container => ({
  name,
  image: "machine",
  command: ["bash", "-c", script],
  ...more,
});

describe.each(modes.filter((mode) => mode !== "plain"))("mounts of pods: %s", (mode) => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode(mode);
    await node.create(ConfigMap, { name: "settings" }, { data: { "a.txt": "A", "b.txt": "B" } });
  });
  afterAll(() => node?.stop());

  it("shares an emptyDir between containers, and shows a ConfigMap where the machine has nothing", async () => {
    const shared = { name: "shared", mountPath: "/nowhere-on-this-machine/shared" };
    const volumes = [
      { name: "shared", emptyDir: {} },
      { name: "settings", configMap: { name: "settings", items: [{ key: "b.txt", path: "deep/b" }] } },
      { name: "memory", emptyDir: { medium: "Memory" as const, sizeLimit: "8Mi" } },
    ];
    const volumeMounts = [
      shared,
      { name: "settings", mountPath: "/usr/share/windlass-test/settings", readOnly: true },
      { name: "memory", mountPath: "/dev/shm" },
    ];
    const initContainers = [container("init", `echo made >${shared.mountPath}/file`, { volumeMounts: [shared] })];
    const script = `cat ${shared.mountPath}/file /usr/share/windlass-test/settings/deep/b; echo; touch /usr/share/windlass-test/settings/x 2>/dev/null || echo read-only; df --output=size -k /dev/shm | tail -1; ls /usr/share/doc >/dev/null && echo rest`;
    await node.run("mounts", script, { volumes, initContainers }, { volumeMounts });
    await node.ended("mounts");
    const text = await node.logs("mounts");
    expect(text.split("\n").map((line) => line.trim())).toEqual(["made", "B", "read-only", "8192", "rest", ""]);
    await node.run("outside", "ls -d /nowhere-on-this-machine /usr/share/windlass-test 2>/dev/null | wc -l");
    await node.ended("outside");
    expect(await node.logs("outside")).toBe("0\n");
  });

  it("keeps a claim's content from one pod to the next", async () => {
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "kept" } }];
    const volumeMounts = [{ name: "data", mountPath: "/data", subPath: "part" }];
    await node.create(
      PersistentVolumeClaim,
      { name: "kept" },
      {
        spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Gi" } } },
      },
    );
    for (const name of ["writes", "reads"]) {
      await node.run(name, "cat /data/* 2>/dev/null; echo kept >/data/file", { volumes }, { volumeMounts });
      await node.ended(name);
    }
    expect([await node.logs("writes"), await node.logs("reads")]).toEqual(["", "kept\n"]);
  });

  it("a claim made again under the same name begins empty, and the deleted one's folder is gone", async () => {
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "again" } }];
    const volumeMounts = [{ name: "data", mountPath: "/data" }];
    const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
    const uids: string[] = [];
    for (const name of ["first-life", "second-life"]) {
      await node.create(PersistentVolumeClaim, { name: "again" }, { spec });
      const ref = { kind: PersistentVolumeClaim, namespace: "default", name: "again" };
      uids.push((await node.client.get(ref)).metadata.uid ?? "");
      await node.run(name, "ls /data; echo mine >/data/file", { volumes }, { volumeMounts });
      await node.ended(name);
      expect(await node.logs(name)).toBe("");
      expect(existsSync(join(node.dataDir, "claims", uids.at(-1) ?? "", "file"))).toBe(true);
      await node.client.delete(ref);
      await eventually(() => !existsSync(join(node.dataDir, "claims", uids.at(-1) ?? "")), "its data are gone");
    }
    expect(new Set(uids).size).toBe(2);
  });

  it("has a /tmp, a host name, and a PATH that login shells keep", async () => {
    const script =
      'ls -A /tmp | wc -l; : >/tmp/mine; hostname; grep -c "\tprivate$" /etc/hosts; bash -lc "echo \\$MARK \\$PATH"';
    const env = [
      { name: "MARK", value: "m" },
      { name: "PATH", value: `/marked:${process.env["PATH"]}` },
    ];
    await node.run("private", script, {}, { env });
    await node.ended("private");
    expect((await node.logs("private")).split("\n")).toEqual([
      "0",
      "private",
      "1",
      `m /marked:${process.env["PATH"]}`,
      "",
    ]);
  });

  it("changes nothing of the machine, and sees nothing of its homes and of the cluster's own state", async () => {
    const secret = join(homedir(), `.windlass-secret-${process.pid}`);
    writeFileSync(secret, "mine");
    try {
      const script = [
        `[ -e ${secret} ] || echo hidden`,
        `[ -e ${node.dataDir}/store ] || echo stateless`,
        "for at in /usr /etc /var/lib /sys/kernel /proc/sys/kernel/hostname; do (: >>$at/x || echo x >$at) 2>/dev/null && echo wrote $at; done",
        "mount -o remount,rw,bind /usr 2>/dev/null && echo remounted",
        'for at in "$HOME" /tmp /var/tmp /dev/shm /run . /; do : >>"$at/mine" || echo cannot write $at; done',
        "ls -A /dev | grep -E '^(sd|vd|nvme|mem$|loop)' ; mknod /tmp/disk b 8 0 2>/dev/null && echo made a device",
        "python3 -c 'print(\"python runs\")'",
      ].join("\n");
      await node.run("guest", script);
      await node.ended("guest");
      expect(await node.logs("guest")).toBe("hidden\nstateless\npython runs\n");
      expect(existsSync(join(homedir(), "mine"))).toBe(false);
    } finally {
      rmSync(secret);
    }
  });

  it("reads and writes a folder of the machine that it mounts, below a home too", async () => {
    const folder = mkdtempSync(join(homedir(), ".windlass-mounted-"));
    try {
      writeFileSync(join(folder, "in"), "read");
      const volumes = [{ name: "data", hostPath: { path: folder, type: "Directory" } }];
      const volumeMounts = [{ name: "data", mountPath: folder }];
      await node.run("mounted", `cat ${folder}/in; echo written >${folder}/out`, { volumes }, { volumeMounts });
      await node.ended("mounted");
      expect(await node.logs("mounted")).toBe("read");
      expect(readFileSync(join(folder, "out"), "utf8")).toBe("written\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("has the limits of its own control group where programs look for them", async () => {
    const { status } = await node.condition("WindlassLimits");
    const script =
      "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null; cut -d: -f3 /proc/self/cgroup | sort -u";
    await node.run("limited", script, {}, { resources: { limits: { memory: "96Mi", cpu: "1" } } });
    await node.ended("limited");
    const lines = (await node.logs("limited")).trim().split("\n");
    if (status === "True") expect(lines).toEqual([String(96 << 20), "/"]);
    else expect(lines).not.toContain(String(96 << 20));
  });

  it("finds a headless Service and the pods behind it by name", async () => {
    await node.create(Service, { name: "group" }, { spec: { clusterIP: "None", selector: { app: "named" } } });
    await node.run("named", "sleep 60", { hostname: "zero", subdomain: "group", terminationGracePeriodSeconds: 0 });
    const { status } = await node.until("named", (pod) => pod.status?.containerStatuses?.[0]?.ready);
    const names = ["group", "group.default.svc.cluster.local", "zero.group", "zero.group.default.svc.cluster.local"];
    const script = names
      .map(
        (name) =>
          `for i in $(seq 100); do getent ahostsv4 ${name} | head -1 | cut -d' ' -f1 | grep . && break; sleep 0.05; done`,
      )
      .join("; ");
    await node.run("asks", script);
    await node.ended("asks");
    expect((await node.logs("asks")).trim().split("\n")).toEqual(names.map(() => status?.podIP));
    await node.remove("named", 0);
    await node.gone("named");
  });
});

// A colon separates the layers of an overlay: there is none to be had below such a folder.
describe.runIf(isLinux).each(["windlass-node-", "windlass:node-"])("roots of pods below %s", (folder) => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode("namespaces", folder);
  });
  afterAll(() => node?.stop());

  it("are their own, right below the machine's own folders too", async () => {
    const made = `/made-by-a-pod-${process.pid}`;
    const script = `mkdir ${made} && ls -d ${made} /usr /dev/null && df -P /dev/shm | tail -1 | cut -d' ' -f1`;
    await node.run("first", script);
    await node.ended("first");
    expect(await node.logs("first")).toBe(`/dev/null\n${made}\n/usr\nshm\n`);
    await node.run("second", `ls -d ${made} 2>/dev/null || echo none`);
    await node.ended("second");
    expect(await node.logs("second")).toBe("none\n");
    expect(existsSync(made)).toBe(false);
  });

  const file = { name: "file", hostPath: { path: import.meta.filename, type: "File" } };
  const show = async (name: string, mountPath: string) =>
    node.run(
      name,
      `test -f ${mountPath} && echo there`,
      { volumes: [file] },
      { volumeMounts: [{ name: "file", mountPath }] },
    );

  it.each(["/newtop/file", "/new-file", "/newtop/deep/er/file", "/usr/newtop/file", "/etc/new/file"])(
    "take a single file at %s, which the machine does not have",
    async (path) => {
      const name = path.replaceAll("/", "-").slice(1);
      await show(name, path);
      await node.ended(name);
      expect(await node.logs(name)).toBe("there\n");
      expect(existsSync(path)).toBe(false);
    },
  );

  it("say where a file cannot be", async () => {
    await show("in-proc", "/proc/new/file");
    const pod = await node.until("in-proc", ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.message);
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting).toEqual({
      reason: "RunContainerError",
      message: "cannot make a mount point at /proc/new: No such file or directory",
    });
    await node.remove("in-proc", 0);
  });
});
