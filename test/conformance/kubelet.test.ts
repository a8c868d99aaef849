/** What pods see and do on the local node, in every way in which it runs them. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigMap, Pod as PodKind } from "../../src/api/core/kinds.ts";
import type { Container, Pod } from "../../src/api/core/pod.ts";
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
