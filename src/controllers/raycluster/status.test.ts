/** The status of a RayCluster as its pods come and go. */
import { describe, expect, it, test } from "vitest";
import type { Pod } from "../../api/core/pod.ts";
import type { Condition } from "../../meta/condition.ts";
import type { RayCluster, RayClusterStatus } from "../../api/ray/types.ts";
import { allPods, groupPods, headPod, service, workerPod } from "./events.ts";
import {
  head,
  headService,
  inState,
  later,
  makeCluster,
  makeGroup,
  now,
  options,
  worker,
} from "./model.test-support.ts";
import { deriveStatus, type StatusInput } from "./status.ts";

const time = "2026-01-01T00:00:00Z";
const cluster = makeCluster();
const all = [head(cluster), worker(cluster, { index: 0 })];

function derive(of: RayCluster, pods: readonly Pod[], more: Partial<StatusInput> = {}): RayClusterStatus {
  const service = headService(of);
  return deriveStatus({
    cluster: of,
    pods,
    headService: service,
    failures: [],
    hasProblem: false,
    options,
    now,
    ...more,
  });
}
const condition = (type: string, status: "True" | "False", reason: string, message = ""): Condition => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: time,
});
const brief = (conditions: readonly Condition[] = []) =>
  conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

test("of KubeRay's sample, once all pods run, whole", () => {
  expect(derive(cluster, all)).toEqual({
    state: "ready",
    desiredCPU: "2",
    desiredMemory: "6Gi",
    desiredGPU: "0",
    desiredTPU: "0",
    desiredWorkerReplicas: 1,
    availableWorkerReplicas: 1,
    readyWorkerReplicas: 1,
    minWorkerReplicas: 1,
    maxWorkerReplicas: 5,
    endpoints: { client: "10001", dashboard: "8265", "gcs-server": "6379", metrics: "8080" },
    head: { podIP: "10.0.0.1", podName: "h", serviceIP: "10.0.0.1", serviceName: "raycluster-kuberay-head-svc" },
    conditions: [
      condition("HeadPodReady", "True", "HeadPodRunningAndReady"),
      condition(
        "RayClusterProvisioned",
        "True",
        "AllPodRunningAndReadyFirstTime",
        "All Ray Pods are ready for the first time",
      ),
      condition("RayClusterSuspended", "False", "RayClusterSuspended"),
      condition("RayClusterSuspending", "False", "RayClusterSuspending"),
    ],
    stateTransitionTimes: { ready: time },
    observedGeneration: 1,
    lastUpdateTime: time,
  });
});

test("nothing to do: the same pods give the very same status, later too", () => {
  const status = derive(cluster, all);
  expect(derive({ ...cluster, status }, all, { now: later })).toBe(status);
});

test("of a cluster just made", () => {
  const pods = [head(cluster, "pending"), worker(cluster, { index: 0 }, "pending")];
  const status = derive(cluster, pods);
  expect(status.state).toBeUndefined();
  expect(brief(status.conditions)).toEqual([
    "HeadPodReady=False Unknown",
    "RayClusterProvisioned=False RayClusterPodsProvisioning",
    "RayClusterSuspended=False RayClusterSuspended",
    "RayClusterSuspending=False RayClusterSuspending",
  ]);
});

describe("of a cluster that was ready", () => {
  const ready = { ...cluster, status: derive(cluster, all) };

  it("stays ready when a worker is lost, and counts it", () => {
    const status = derive(ready, [head(cluster)]);
    expect([status.state, status.readyWorkerReplicas, status.availableWorkerReplicas]).toEqual([
      "ready",
      undefined,
      undefined,
    ]);
  });

  it("stays provisioned when its head is lost", () => {
    expect(brief(derive(ready, []).conditions)).toContain("RayClusterProvisioned=True AllPodRunningAndReadyFirstTime");
    expect(brief(derive(ready, []).conditions)).toContain("HeadPodReady=False HeadPodNotFound");
  });

  it("keeps its endpoints when the Service is gone", () => {
    expect(derive(ready, all, { headService: undefined }).endpoints).toEqual(ready.status.endpoints);
  });
});

describe("the head's condition", () => {
  const waiting = (reason: string, message: string): Pod => {
    const pod = head(cluster, "starting");
    return {
      ...pod,
      status: {
        ...pod.status,
        containerStatuses: [{ name: "ray-head", state: { waiting: { reason, message } } }],
      } as unknown as Pod["status"],
    };
  };
  const rows: readonly (readonly [string, Pod | undefined, string])[] = [
    ["no pod", undefined, "False HeadPodNotFound: Head Pod not found"],
    ["a pod without conditions", head(cluster, "pending"), "False Unknown: "],
    ["a pod that is not ready", head(cluster, "starting"), "False ContainersNotReady: "],
    [
      "a container that waits says why",
      waiting("ImagePullBackOff", "no such image"),
      "False ImagePullBackOff: ; ray-head: no such image",
    ],
    ["a reason that the API would refuse", waiting("not a reason!", "x"), "False ContainersNotReady: ; ray-head: x"],
    ["a ready pod", head(cluster), "True HeadPodRunningAndReady: "],
  ];
  test.each(rows)("%s", (_, pod, expected) => {
    const found = derive(cluster, pod ? [pod] : []).conditions?.find(({ type }) => type === "HeadPodReady");
    expect(`${found?.status} ${found?.reason}: ${found?.message}`).toBe(expected);
  });
});

describe("suspension", () => {
  const turn = (spec: object, conditions: readonly Condition[], pods: readonly Pod[]) =>
    derive(makeCluster(spec, { status: { conditions } }), pods);
  const suspending = condition("RayClusterSuspending", "True", "RayClusterSuspending");
  const suspended = condition("RayClusterSuspended", "True", "RayClusterSuspended");
  const state = ({ conditions = [] }: RayClusterStatus) =>
    conditions.filter(({ status }) => status === "True").map(({ type }) => type);

  test.each([
    ["begins", { suspend: true }, [], all, ["HeadPodReady", "RayClusterProvisioned", "RayClusterSuspending"]],
    [
      "lasts while pods are left",
      { suspend: true },
      [suspending],
      [head(cluster)],
      ["HeadPodReady", "RayClusterSuspending"].toSorted(),
    ],
    ["ends when none is left", { suspend: true }, [suspending], [], ["RayClusterSuspended"]],
    ["holds while the field is absent", {}, [suspended], [], ["RayClusterSuspended"]],
    ["is lifted by false", { suspend: false }, [suspended], [], []],
  ])("%s", (_, spec, conditions, pods, expected) => {
    expect(state(turn(spec, conditions, pods)).toSorted()).toEqual(expected);
  });

  it("is why nothing is provisioned, until it is lifted", () => {
    const messageOf = ({ conditions }: RayClusterStatus) =>
      conditions?.find(({ type }) => type === "RayClusterProvisioned")?.message;
    const status = turn({ suspend: true }, [suspending], []);
    expect(messageOf(status)).toBe("RayCluster has been suspended");
    expect(messageOf(derive(makeCluster({ suspend: true }, { status }), []))).toBe("RayCluster has been suspended");
    const lifted = derive(makeCluster({ suspend: false }, { status }), []);
    const next = derive(makeCluster({ suspend: false }, { status: lifted }), [head(cluster, "pending")]);
    expect(messageOf(next)).toBe("RayCluster Pods are being provisioned for first time");
  });

  it("shows as the state when no pod is left, and afterwards until all are ready again", () => {
    const status = turn({ suspend: true }, [suspending], []);
    expect(status.state).toBe("suspended");
    const resumed = makeCluster({ suspend: false }, { status });
    expect(derive(resumed, [head(cluster, "pending")]).state).toBe("suspended");
    expect(derive(resumed, all).state).toBe("ready");
  });
});

describe("sums", () => {
  it("count hosts, clamp replicas, and leave suspended groups out", () => {
    const workerGroupSpecs = [
      makeGroup({ replicas: 0, minReplicas: 2, numOfHosts: 2 }),
      makeGroup({ groupName: "off", replicas: 9, suspend: true }),
    ];
    const { desiredCPU, desiredMemory, desiredWorkerReplicas, minWorkerReplicas, maxWorkerReplicas } = derive(
      makeCluster({ workerGroupSpecs }),
      [],
    );
    expect({ desiredCPU, desiredMemory, desiredWorkerReplicas, minWorkerReplicas, maxWorkerReplicas }).toEqual({
      desiredCPU: "5",
      desiredMemory: "9Gi",
      desiredWorkerReplicas: 4,
      minWorkerReplicas: 4,
      maxWorkerReplicas: 10,
    });
  });

  it("stop at the largest number that the API holds", () => {
    const workerGroupSpecs = [makeGroup({ maxReplicas: 2_147_483_647, numOfHosts: 2 })];
    expect(derive(makeCluster({ workerGroupSpecs }), []).maxWorkerReplicas).toBe(2_147_483_647);
  });

  it("count every kind of GPU, and TPUs", () => {
    const limits = { "nvidia.com/gpu": "2", "nvidia.com/mig-1g.5gb": "1", "google.com/tpu": "4" };
    const template = { spec: { containers: [{ name: "ray", resources: { limits } }] } };
    const { desiredGPU, desiredTPU } = derive(makeCluster({ workerGroupSpecs: [makeGroup({ template })] }), []);
    expect([desiredGPU, desiredTPU]).toEqual(["3", "4"]);
  });
});

describe("failures", () => {
  const failed = [{ verb: "Create", noun: workerPod, reason: "FailedCreateWorkerPod", message: "quota" }] as const;
  it("show as a condition, and go with it", () => {
    const conditions = derive(cluster, all, { failures: failed }).conditions;
    expect(brief(conditions)[0]).toBe("ReplicaFailure=True FailedCreateWorkerPod");
    const after = derive({ ...cluster, status: { conditions } }, all).conditions;
    expect(brief(after).some((line) => line.startsWith("ReplicaFailure"))).toBe(false);
  });

  const made = { verb: "Create", reason: "FailedCreateHeadPod", message: "quota" } as const;
  const deleted = { verb: "Delete", message: "denied" } as const;
  test.each([
    ["a head that cannot be made", { ...made, noun: headPod }],
    ["a head that cannot be deleted", { ...deleted, noun: headPod, reason: "FailedDeleteHeadPod" }],
    ["a worker that cannot be deleted", { ...deleted, noun: workerPod, reason: "FailedDeleteWorkerPod" }],
    ["a group that cannot be deleted", { ...deleted, noun: groupPods, reason: "FailedDeleteWorkerPod" }],
    ["pods that cannot be deleted", { ...deleted, noun: allPods, reason: "FailedDeleteAllPods" }],
  ])("show as a condition: %s", (_, failure) => {
    const [first] = derive(cluster, all, { failures: [failure] }).conditions ?? [];
    const { reason, message } = failure;
    expect(first).toMatchObject({ type: "ReplicaFailure", status: "True", reason, message });
  });

  it("of a Service are no failure of replicas", () => {
    const failures = [{ verb: "Create", noun: service, reason: "FailedCreateService", message: "no" }] as const;
    expect(brief(derive(cluster, all, { failures }).conditions)[0]).toMatch(/^HeadPodReady/);
  });

  it("of other writes leave the condition as it is", () => {
    const conditions = derive(cluster, all, { failures: failed }).conditions;
    const other = [{ verb: "Update", reason: "Forbidden", message: "no" }] as const;
    const after = derive({ ...cluster, status: { conditions } }, all, { failures: other }).conditions;
    expect(brief(after)[0]).toBe("ReplicaFailure=True FailedCreateWorkerPod");
  });

  it("keep a cluster from becoming ready", () => {
    expect(derive(cluster, all, { failures: failed }).state).toBeUndefined();
    expect(derive(cluster, all, { hasProblem: true }).state).toBeUndefined();
  });
});

test("the service's address is shown where it has one", () => {
  const service = headService(cluster);
  const found = derive(cluster, [inState(head(cluster), "h")], {
    headService: { ...service, spec: { ...service.spec, clusterIP: "10.9.9.9" } },
  });
  expect(found.head?.serviceIP).toBe("10.9.9.9");
});
