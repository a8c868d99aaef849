/** What pods see and do on the local node, in every way in which it runs them. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigMap, PersistentVolumeClaim, Pod as PodKind, Service } from "../../src/api/core/kinds.ts";
import type { Container, Pod } from "../../src/api/core/pod.ts";
import { tool } from "../../src/local/kubelet/runtime/processes.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { startTestNode, type TestNode } from "./node.ts";

const execute = promisify(execFile);
const isLinux = process.platform === "linux";
const modes = isLinux ? (["namespaces", "shared", "plain"] as const) : (["shared", "plain"] as const);
const container = (name: string, script: string, more: Partial<Container> = {}): Container => ({
  name,
  image: "machine",
  command: ["bash", "-c", script],
  ...more,
});

describe.each(modes)("a node with pods: %s", (mode) => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode(mode);
  });
  afterAll(() => node?.stop());

  it("says how pods run", () => {
    expect(node.network.mode).toBe(mode === "namespaces" ? "namespaces" : "shared");
    expect(node.network.reason).not.toBe("");
  });

  it("runs a pod to its end: environment, output of both kinds, success", async () => {
    const env = [
      { name: "GREETING", value: "hello" },
      { name: "BOTH", value: "$(GREETING) $$(GREETING)" },
      { name: "ME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "APP", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
    ];
    await node.run("ends", 'echo "$BOTH|$ME|$APP|$FROM_IMAGE"; echo oops >/dev/stderr', {}, { env });
    const { status } = await node.ended("ends");
    expect(status?.phase).toBe("Succeeded");
    expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0, reason: "Completed" });
    const text = await node.logs("ends");
    expect(text).toContain("hello $(GREETING)|ends|ends|yes\n");
    expect(text).toContain("oops\n");
  });

  it("offers the disk that is free: a pod that requests scratch space runs", async () => {
    const resources = { requests: { "ephemeral-storage": "1Mi" }, limits: { "ephemeral-storage": "2Mi" } };
    await node.run("scratch", "true", {}, { resources });
    expect((await node.ended("scratch")).status?.phase).toBe("Succeeded");
  });

  it("says of a container without probes at one go that it runs and is ready", async () => {
    const stop = new AbortController();
    const watch = node.client.watch<Pod>(PodKind, { namespace: "default", signal: stop.signal });
    await node.run("prompt", "sleep 60", { terminationGracePeriodSeconds: 0 });
    const isRunning: boolean[] = [];
    for await (const { object } of watch) {
      const [main] = object.metadata.name === "prompt" ? (object.status?.containerStatuses ?? []) : [];
      if (main?.state?.running) isRunning.push(main.ready);
      if (main?.ready) break;
    }
    stop.abort();
    expect(isRunning).toEqual([true]);
    await node.remove("prompt");
    await node.gone("prompt");
  });

  it("reports a failure with its exit code and what the container left as its last words", async () => {
    const policy = { terminationMessagePolicy: "FallbackToLogsOnError" as const };
    await node.run("fails", "echo last words; exit 3", {}, policy);
    const { status } = await node.ended("fails");
    expect(status?.phase).toBe("Failed");
    expect(status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 3,
      reason: "Error",
      message: "last words\n",
    });
  });

  it("starts a container again, keeps the log of the run before, and then backs off", async () => {
    await node.run("crashes", "echo run; exit 1", { restartPolicy: "OnFailure" });
    const waiting = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason;
    const { status } = await node.until("crashes", (pod) => waiting(pod) === "CrashLoopBackOff");
    const [main] = status?.containerStatuses ?? [];
    expect(main?.restartCount).toBe(1);
    expect(main?.lastState?.terminated?.exitCode).toBe(1);
    expect(await node.logs("crashes", { previous: "true" })).toBe("run\n");
    await node.remove("crashes", 0);
    await node.gone("crashes");
  });

  it("runs init containers in order, a sidecar beside the others, and ends with the main one", async () => {
    const initContainers = [
      container("side", "trap 'echo bye; exit 0' TERM; while :; do sleep 0.05; done", { restartPolicy: "Always" }),
      container("first", "echo first"),
      container("second", "echo second"),
    ];
    await node.run("inits", "echo main", { initContainers });
    const { status } = await node.ended("inits");
    expect(status?.phase).toBe("Succeeded");
    const times = await Promise.all(
      ["first", "second", "main"].map((name) => node.logs("inits", { container: name, timestamps: "true" })),
    );
    expect(times.map((line) => line.trim().split(" ")[1])).toEqual(["first", "second", "main"]);
    expect([...times].sort()).toEqual(times);
    expect(await node.logs("inits", { container: "side" })).toBe("bye\n");
  });

  it("lets a deleted pod end in its own way, within its grace period", async () => {
    await node.run(
      "polite",
      "trap 'echo ending; sleep 0.1; echo ended; exit 0' TERM; echo up; while :; do sleep 0.05; done",
    );
    await node.logged("polite", "up");
    const followed = node.logs("polite", { follow: "true" });
    await node.remove("polite", 10);
    await node.gone("polite");
    expect(await followed).toBe("up\nending\nended\n");
  });

  it("kills what does not end in time", async () => {
    await node.run("stubborn", "trap '' TERM; echo up; while :; do sleep 0.05; done");
    await node.logged("stubborn", "up");
    await node.remove("stubborn", 1);
    await node.gone("stubborn");
    expect(await node.events("stubborn")).toContain("Killing: Stopping container main");
  });

  it("ends a pod at its deadline", async () => {
    await node.run("late", "sleep 60", { activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 0 });
    const { status } = await node.ended("late");
    expect(status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded" });
  });

  it("waits with the reason for what is missing, and goes on when it is there", async () => {
    const env = [{ name: "K", valueFrom: { configMapKeyRef: { name: "later", key: "k" } } }];
    await node.run("needs", 'echo "$K"', {}, { env });
    const waiting = await node.until("needs", (pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.message);
    const { state } = waiting.status?.containerStatuses?.[0] ?? {};
    expect(state?.waiting).toEqual({ reason: "CreateContainerConfigError", message: 'configmap "later" not found' });
    await node.create(ConfigMap, { name: "later" }, { data: { k: "here" } });
    await node.ended("needs");
    expect(await node.logs("needs")).toBe("here\n");
  });

  it("says why an image cannot be had", async () => {
    await node.run("imageless", "true", {}, { image: "broken/image:1" });
    const pod = await node.until("imageless", ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.message);
    const { waiting } = pod.status?.containerStatuses?.[0]?.state ?? {};
    expect(waiting).toEqual({
      reason: "ErrImagePull",
      message: 'Failed to pull image "broken/image:1": it is broken',
    });
    await node.remove("imageless", 0);
    await node.gone("imageless");
  });

  it("is ready when its probe says so, restarted when it is not alive", async () => {
    const probe = { exec: { command: ["test", "-e", "ready"] }, periodSeconds: 1, failureThreshold: 1 };
    const script = "echo up; sleep 0.5; : >ready; sleep 1.5; rm ready; sleep 60";
    await node.run(
      "probed",
      script,
      { restartPolicy: "Always", terminationGracePeriodSeconds: 0 },
      {
        readinessProbe: { ...probe, periodSeconds: 1, failureThreshold: 1 },
        livenessProbe: { ...probe, initialDelaySeconds: 1 },
      },
    );
    await node.until("probed", (pod) => pod.status?.containerStatuses?.[0]?.ready);
    const restarted = await node.until("probed", (pod) => (pod.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
    expect(restarted.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).not.toBe(0);
    expect((await node.events("probed")).some((event) => event.startsWith("Unhealthy: Liveness probe failed"))).toBe(
      true,
    );
    await node.remove("probed", 0);
    await node.gone("probed");
  });

  it("ends a container that takes more memory than its limit, where the node says that limits hold", async () => {
    const { status, reason } = await node.condition("WindlassLimits");
    const script = "echo $$; python3 -c 'print(len(bytearray(1 << 28)))'; exit $?";
    await node.run("hungry", script, {}, { resources: { limits: { memory: "64Mi" } } });
    const pod = await node.ended("hungry");
    const { terminated } = pod.status?.containerStatuses?.[0]?.state ?? {};
    const whenEnforced = { exitCode: 137, reason: "OOMKilled" };
    const whenNot = { exitCode: 0, reason: "Completed" };
    expect(reason).toBe(status === "True" ? "Enforced" : "NotEnforced");
    expect(terminated).toMatchObject(status === "True" ? whenEnforced : whenNot);
  });

  it("says that a child was killed for memory, whether the main process outlives it or not", async () => {
    const { status } = await node.condition("WindlassLimits");
    const resources = { limits: { memory: "64Mi" } };
    const hungry = "python3 -c 'print(len(bytearray(1 << 28)))' >/dev/null 2>&1";
    await node.run("survivor", `${hungry}; sleep 3; echo survived`, {}, { resources });
    await node.run("victim", `${hungry} || exit 4`, {}, { resources });
    const [survivor, victim] = [await node.ended("survivor"), await node.ended("victim")];
    if (status !== "True") return expect(await node.logs("survivor")).toBe("survived\n");
    const note = "a process of container main was killed for memory (limit 64 MiB)";
    expect(victim.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
      reason: "OOMKilled",
      message: note,
    });
    await eventually(async () => (await node.events("survivor")).includes(`OOMKilling: ${note}`), note);
    // In version 2 of control groups a container ends as a whole, as on a cluster.
    const endsAsWhole = existsSync("/sys/fs/cgroup/cgroup.controllers");
    const { terminated } = survivor.status?.containerStatuses?.[0]?.state ?? {};
    expect(terminated).toMatchObject({ reason: endsAsWhole ? "OOMKilled" : "Completed" });
  });

  it("tells what a pod uses, and what it used once it has ended, where limits are enforced", async () => {
    const { status } = await node.condition("WindlassLimits");
    const script = "python3 -c 'import time; x = bytearray(1 << 26); print(1, flush=True); time.sleep(60)'";
    await node.run("uses", script, { terminationGracePeriodSeconds: 0 });
    await node.logged("uses", "1");
    const now = await node.stats("uses");
    await node.remove("uses");
    await node.gone("uses");
    const then = await node.stats("uses");
    if (status !== "True") return expect([now, then]).toEqual([undefined, undefined]);
    expect(now?.podRef).toMatchObject({ name: "uses", namespace: "default" });
    expect(now?.containers[0]).toMatchObject({ name: "main" });
    expect(now?.containers[0]?.finishTime).toBeUndefined();
    expect(now?.containers[0]?.memory.workingSetBytes).toBeGreaterThan(1 << 26);
    expect(now?.containers[0]?.cpu.usageCoreNanoSeconds).toBeGreaterThan(1e6);
    expect(then?.containers[0]).toMatchObject({ finishTime: expect.any(String), cpu: { usageNanoCores: 0 } });
    expect(then?.containers[0]?.memory).toMatchObject({ workingSetBytes: 0 });
    expect(then?.containers[0]?.memory.peakBytes).toBeGreaterThan(1 << 26);
  });

  it("holds a container to its CPU limit, where the node says that limits hold", async () => {
    const { status } = await node.condition("WindlassLimits");
    // The share of one CPU that a busy loop got within two seconds.
    const share = "import time; t = time.time()\nwhile time.time() - t < 2: pass\nprint(time.process_time() / 2 < 0.4)";
    await node.run("busy", `python3 -c '${share}'`, {}, { resources: { limits: { cpu: "100m" } } });
    await node.ended("busy");
    if (status === "True") expect(await node.logs("busy")).toBe("True\n");
    else expect(await node.logs("busy")).toMatch(/^(True|False)\n$/);
  });

  it("follows what is written as it is written, carriage returns and all", async () => {
    const folder = mkdtempSync(join(homedir(), "windlass-steps-"));
    const until = (step: string) => `until test -e ${folder}/${step}; do sleep 0.05; done`;
    const script = `printf '10%%\\r'; ${until("half")}; printf '20%%\\rhalf'; ${until("end")}; echo ' a line'; printf 'no end'`;
    const volumes = [{ name: "steps", hostPath: { path: folder } }];
    await node.run("bar", script, { volumes }, { volumeMounts: [{ name: "steps", mountPath: folder }] });
    await node.logged("bar", "10%\r");
    let text = "";
    const path = "/api/v1/namespaces/default/pods/bar/log";
    const stream = node.client.transport.stream({ method: "GET", path, query: { follow: "true" } });
    const steps: Readonly<Record<string, string>> = { "10%\r": "half", "10%\r20%\rhalf": "end" };
    for await (const bytes of stream) {
      text += Buffer.from(bytes).toString();
      const next = steps[text];
      if (next) writeFileSync(join(folder, next), "");
    }
    expect(text).toBe("10%\r20%\rhalf a line\nno end");
    rmSync(folder, { recursive: true });
  });

  it("gives what is written of a line before its end, and each stream's lines for themselves", async () => {
    await node.run("partial", "printf half; sleep 2; printf err >&2; sleep 0.5; echo");
    await node.logged("partial", "half");
    expect(await node.logs("partial")).toBe("half");
    await node.ended("partial");
    expect(await node.logs("partial")).toBe("half\nerr\n\n");
    const timed = await node.logs("partial", { timestamps: "true" });
    expect(timed.split("\n").map((line) => line.replace(/^\S+Z/, "TIME"))).toEqual([
      "TIME half",
      "TIME err",
      "TIME ",
      "",
    ]);
    expect(await node.logs("partial", { tailLines: "2" })).toBe("err\n\n");
  });

  it("gives the last lines of a log, and its bytes", async () => {
    await node.run("counts", "for i in $(seq 1 2000); do echo line $i; done");
    await node.ended("counts");
    expect(await node.logs("counts", { tailLines: "2" })).toBe("line 1999\nline 2000\n");
    expect(await node.logs("counts", { limitBytes: "9" })).toBe("line 1\nli");
    expect((await node.logs("counts")).split("\n")).toHaveLength(2001);
  });

  it("tells what ran when the node stopped, and starts it again", async () => {
    await node.run("survives", "echo up; sleep 60", { restartPolicy: "Always", terminationGracePeriodSeconds: 0 });
    await node.run("once", "sleep 60", { terminationGracePeriodSeconds: 0 });
    const polite = "trap 'exit 0' TERM; while :; do sleep 0.05; done";
    for (const policy of ["Never", "OnFailure"] as const)
      await node.run(`polite-${policy.toLowerCase()}`, polite, { restartPolicy: policy });
    for (const name of ["survives", "once", "polite-never", "polite-onfailure"])
      await node.until(name, (pod) => pod.status?.phase === "Running");
    await node.restart();
    const again = await node.until("survives", (pod) => pod.status?.containerStatuses?.[0]?.restartCount === 1);
    // TERM and KILL come at once, without a grace period: 143 and 137.
    expect([137, 143]).toContain(again.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode);
    const once = await node.ended("once");
    expect([137, 143]).toContain(once.status?.containerStatuses?.[0]?.state?.terminated?.exitCode);
    const ended = await node.ended("polite-never");
    expect(ended.status?.phase).toBe("Failed");
    const message = "the local cluster stopped while it ran";
    expect(ended.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0, message });
    await node.until("polite-onfailure", (pod) => pod.status?.containerStatuses?.[0]?.restartCount === 1);
    for (const name of ["survives", "polite-onfailure"]) {
      await node.remove(name, 0);
      await node.gone(name);
    }
  });
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

describe.runIf(isLinux)("networks of pods", () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await startTestNode("namespaces");
  });
  afterAll(() => node?.stop());

  it("lets two pods listen on one port, and answers a Service's address with either", async () => {
    await node.create(
      Service,
      { name: "web" },
      { spec: { selector: { role: "web" }, ports: [{ name: "http", port: 80, targetPort: "http" }] } },
    );
    for (const name of ["one", "two"]) {
      const main = container("main", "hostname >index.html; exec python3 -m http.server 8000", {
        ports: [{ name: "http", containerPort: 8000 }],
        readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 1 },
      });
      const spec = { containers: [main], terminationGracePeriodSeconds: 0 };
      await node.create(PodKind, { name, labels: { role: "web" } }, { spec });
    }
    for (const name of ["one", "two"]) {
      await node.until(name, (pod) =>
        pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
      );
    }
    const ask = "import urllib.request as u; print(u.urlopen('http://web', timeout=5).read().decode().strip())";
    await node.run("client", `for i in 1 2 3 4 5 6; do python3 -c "${ask}" 2>/dev/null || sleep 0.2; done | sort -u`);
    await node.ended("client");
    expect(await node.logs("client")).toBe("one\ntwo\n");
    for (const name of ["one", "two"]) await node.remove(name, 0);
  });

  it.runIf(process.getuid?.() === 0)(
    "is mended when somebody takes its bridge, a pod's link or its rules away",
    async () => {
      await node.run("server", "exec python3 -m http.server 8000", { terminationGracePeriodSeconds: 0 });
      const { status } = await node.until("server", (pod) => pod.status?.containerStatuses?.[0]?.ready);
      const { stdout: devices } = await execute("ip", ["-o", "-4", "addr", "show", "to", `${status?.hostIP}/32`]);
      const bridge = /^\d+: (\S+)/.exec(devices)?.[1] ?? "";
      const onlyLink = async () => {
        const { stdout: links } = await execute("ip", ["-o", "link", "show", "master", bridge]);
        return links.split("\n").length === 2 && /^\d+: ([^@:]+)/.exec(links)?.[1];
      };
      const link = await eventually(onlyLink, "the pods of before have left the bridge");
      const told = (what: string) =>
        eventually(async () => (await node.events("local")).join("\n").includes(what), `the node tells: ${what}`);
      await execute("ip", ["link", "del", bridge]);
      await told(`bridge ${bridge} was missing`);
      await execute("ip", ["link", "del", link]);
      await told(`the link of pod ${status?.podIP} was missing`);
      const ask = `import urllib.request as u; print(u.urlopen('http://${status?.podIP}:8000', timeout=5).status)`;
      await node.run("asks-after", `for i in $(seq 20); do python3 -c "${ask}" 2>/dev/null && break; sleep 0.2; done`);
      await node.ended("asks-after");
      expect(await node.logs("asks-after")).toBe("200\n");
      if (tool("nft") !== "nft") {
        await execute("nft", ["delete", "table", "ip", bridge]);
        await told("the firewall rules that let pods reach other machines were missing");
        expect((await execute("nft", ["list", "table", "ip", bridge])).stdout).toContain("masquerade");
      }
      expect(await node.condition("WindlassNetwork")).toMatchObject({ status: "True" });
      await node.remove("server", 0);
    },
  );

  it("has a default route, and answers unknown names at once", async () => {
    await node.run(
      "route",
      "ip route show default | cut -d' ' -f1; getent hosts nothing.default.svc.cluster.local || echo unknown",
    );
    await node.ended("route");
    expect(await node.logs("route")).toBe("default\nunknown\n");
  });
});
