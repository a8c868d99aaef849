import { describe, expect, test } from "vitest";
import type { Container, Pod, PodSpec } from "../../api/core/pod.ts";
import { derivePodStatus } from "./derive-status.ts";
import { ConfigError, containerCommand, containerEnv, type EnvSources, expand, resourceField } from "./env.ts";
import { planPod } from "./plan-pod.ts";
import { quote } from "../../machinery/shell-words.ts";
import { backoffMs, type ContainerRecord, type ContainerRun, initialState, newRecord, type PodState } from "./state.ts";

const now = new Date("2026-01-01T00:10:00Z");
const container = (name: string, more: Partial<Container> = {}): Container => ({ name, image: "i", ...more });

function makePod(spec: Partial<PodSpec> = {}, more: Partial<Pod> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "n", uid: "u", labels: { "ray.io/group": "g" } },
    spec: { containers: [container("c")], restartPolicy: "Always", nodeName: "local", ...spec },
    ...more,
  };
}

const running: ContainerRun = { phase: "running", startedAt: "2026-01-01T00:09:00Z", started: true, ready: true };
const exited = (exitCode: number, finishedAt = "2026-01-01T00:00:00Z"): ContainerRun => ({
  phase: "exited",
  end: { exitCode, finishedAt, startedAt: "2025-12-31T23:59:00Z" },
});
const record = (run: ContainerRun, more: Partial<ContainerRecord> = {}): ContainerRecord => ({
  ...newRecord,
  run,
  ...more,
});
const state = (containers: Record<string, ContainerRecord>, more: Partial<PodState> = {}): PodState => ({
  containers,
  sandbox: "ready",
  ip: "10.88.0.2",
  ...more,
});
const steps = (pod: Pod, given: PodState) =>
  planPod(pod, given, now).steps.map((step) => (step.do === "start" ? `start ${step.container.name}` : step.do));

test.each<[string, string | undefined, number]>([
  ["counts from its start", undefined, 60_000],
  ["does not count the time in which the machine slept", "2026-01-01T00:05:00Z/2026-01-01T00:08:00Z", 240_000],
])("the deadline of a pod %s", (_, slept, requeueAfterMs) => {
  const pod = makePod({ activeDeadlineSeconds: 660 }, { status: { startTime: "2026-01-01T00:00:00Z" } });
  const given = {
    ...pod,
    metadata: { ...pod.metadata, ...(slept && { annotations: { "windlass.dev/slept": slept } }) },
  };
  expect(planPod(given, state({ c: record(running) }), now)).toEqual({ steps: [], requeueAfterMs });
});

describe("what to do next", () => {
  const withInit = makePod({ initContainers: [container("i1"), container("i2")] });
  const withSidecar = makePod({ initContainers: [container("side", { restartPolicy: "Always" }), container("i2")] });
  test.each<[string, Pod, PodState, string[]]>([
    ["a sandbox first", makePod(), state({}, { sandbox: "none" }), ["sandbox"]],
    ["nothing while it is made", makePod(), state({}, { sandbox: "starting" }), []],
    ["then the container", makePod(), state({ c: newRecord }), ["start c"]],
    ["nothing to do while it runs", makePod(), state({ c: record(running) }), []],
    ["init containers one by one", withInit, state({}), ["start i1"]],
    ["the second once the first has succeeded", withInit, state({ i1: record(exited(0)) }), ["start i2"]],
    ["an init container that failed is tried again", withInit, state({ i1: record(exited(1)) }), ["start i1"]],
    ["the main ones once all have", withInit, state({ i1: record(exited(0)), i2: record(exited(0)) }), ["start c"]],
    ["a sidecar goes on beside the others", withSidecar, state({ side: record(running) }), ["start i2"]],
    ["a container that ended is started again", makePod(), state({ c: record(exited(1)) }), ["start c"]],
    [
      "not before its back-off is over",
      makePod(),
      state({ c: record(exited(1, "2026-01-01T00:09:58Z"), { crashes: 2 }) }),
      [],
    ],
    [
      "not under OnFailure when it succeeded",
      makePod({ restartPolicy: "OnFailure" }),
      state({ c: record(exited(0)) }),
      ["teardown"],
    ],
    ["not under Never", makePod({ restartPolicy: "Never" }), state({ c: record(exited(1)) }), ["teardown"]],
    [
      "a failed init container ends a pod that never restarts",
      makePod({ restartPolicy: "Never", initContainers: [container("i1")] }),
      state({ i1: record(exited(1)) }),
      ["teardown"],
    ],
    [
      "nothing once it is over and cleaned up",
      makePod({ restartPolicy: "Never" }),
      state({ c: record(exited(0)) }, { sandbox: "gone" }),
      [],
    ],
  ])("%s", (_, pod, given, wanted) => expect(steps(pod, given)).toEqual(wanted));

  test("a deleted pod is stopped, cleaned up, and removed", () => {
    const pod = makePod({}, { metadata: { ...makePod().metadata, deletionTimestamp: "2026-01-01T00:10:30Z" } });
    expect(steps(pod, state({ c: record(running) }))).toEqual(["stop"]);
    expect(steps(pod, state({ c: record(exited(0)) }))).toEqual(["teardown"]);
    expect(steps(pod, state({ c: record(exited(0)) }, { sandbox: "gone" }))).toEqual(["remove"]);
  });

  test("the first restart comes at once, then back-off doubles from 10 s to 5 minutes", () => {
    expect([0, 1, 2, 3, 4, 7, 20].map(backoffMs)).toEqual([0, 0, 10_000, 20_000, 40_000, 300_000, 300_000]);
  });
});

describe("status", () => {
  const status = (pod: Pod, given: PodState) => derivePodStatus(pod, given, { hostIp: "10.88.0.1" }, now);
  test.each<[string, Pod, PodState, string]>([
    ["waiting", makePod(), state({ c: newRecord }), "Pending"],
    ["running", makePod(), state({ c: record(running) }), "Running"],
    ["restarting", makePod(), state({ c: record(exited(1), { crashes: 2, restarts: 1 }) }), "Running"],
    ["ended well", makePod({ restartPolicy: "Never" }), state({ c: record(exited(0)) }), "Succeeded"],
    ["ended badly", makePod({ restartPolicy: "Never" }), state({ c: record(exited(1)) }), "Failed"],
    ["still initializing", makePod({ initContainers: [container("i")] }), state({ i: record(running) }), "Pending"],
  ])("phase: %s", (_, pod, given, wanted) => expect(status(pod, given).phase).toBe(wanted));

  test("ready, with the address, and with conditions that say so", () => {
    const { conditions = [], podIP, containerStatuses } = status(makePod(), state({ c: record(running) }));
    expect(podIP).toBe("10.88.0.2");
    expect(containerStatuses?.[0]).toMatchObject({
      ready: true,
      started: true,
      state: { running: { startedAt: "2026-01-01T00:09:00Z" } },
    });
    expect(Object.fromEntries(conditions.map((c) => [c.type, c.status]))).toMatchObject({
      Ready: "True",
      ContainersReady: "True",
      Initialized: "True",
      PodScheduled: "True",
    });
  });

  test("a container that keeps crashing waits in CrashLoopBackOff", () => {
    const { containerStatuses } = status(makePod(), state({ c: record(exited(3), { crashes: 3, restarts: 2 }) }));
    expect(containerStatuses?.[0]?.state?.waiting?.reason).toBe("CrashLoopBackOff");
    expect(containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(3);
  });

  test("after a restart of the kubelet what ran is told as ended", () => {
    const before = makePod(
      {},
      {
        status: {
          containerStatuses: [
            {
              name: "c",
              image: "i",
              imageID: "",
              ready: true,
              restartCount: 1,
              state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
            },
          ],
        },
      },
    );
    expect(initialState(before, now).containers["c"]).toMatchObject({
      restarts: 1,
      run: { phase: "exited", end: { exitCode: 137, reason: "Error" } },
    });
  });
});

describe("environment", () => {
  const sources: EnvSources = {
    podIp: "10.88.0.2",
    hostIp: "10.88.0.1",
    configMap: (name) => (name === "m" ? { k: "v" } : undefined),
    secret: (name) => (name === "s" ? { p: "w" } : undefined),
  };
  test("all sources, with later variables seeing earlier ones", () => {
    const own = container("c", {
      envFrom: [{ prefix: "P_", configMapRef: { name: "m" } }],
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "$(A)-$$(A)-$(MISSING)" },
        { name: "GROUP", valueFrom: { fieldRef: { fieldPath: "metadata.labels['ray.io/group']" } } },
        { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "K", valueFrom: { configMapKeyRef: { name: "m", key: "k" } } },
        { name: "W", valueFrom: { secretKeyRef: { name: "s", key: "p" } } },
        { name: "OPT", valueFrom: { secretKeyRef: { name: "none", key: "p", optional: true } } },
      ],
    });
    expect(containerEnv(makePod(), own, sources)).toEqual({
      P_k: "v",
      A: "1",
      B: "1-$(A)-$(MISSING)",
      GROUP: "g",
      IP: "10.88.0.2",
      K: "v",
      W: "w",
    });
  });
  test.each([
    [{ configMapKeyRef: { name: "none", key: "k" } }, 'configmap "none" not found'],
    [{ configMapKeyRef: { name: "m", key: "x" } }, "couldn't find key x in ConfigMap m"],
  ])("what is missing is named", (valueFrom, message) => {
    const own = container("c", { env: [{ name: "X", valueFrom }] });
    expect(() => containerEnv(makePod(), own, sources)).toThrow(new ConfigError(message));
  });
  test("commands are expanded", () =>
    expect(containerCommand(container("c", { command: ["sh"], args: ["$(A)", "$$(A)"] }), { A: "x" })).toEqual([
      "sh",
      "x",
      "$(A)",
    ]));
  test("resource fields round up by their divisor", () => {
    const own = container("c", { resources: { limits: { cpu: "1500m", memory: "1Gi" } } });
    expect(resourceField(makePod(), own, { resource: "limits.cpu" })).toBe("2");
    expect(resourceField(makePod(), own, { resource: "limits.memory", divisor: "1Mi" })).toBe("1024");
  });
  test("an unknown variable stays as it is", () => expect(expand("$(X) $$ $(", {})).toBe("$(X) $ $("));
});

test("words of a shell are quoted where they must be", () => {
  expect(quote("a-b/c.d")).toBe("a-b/c.d");
  expect(quote("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  expect(quote("")).toBe("''");
});
