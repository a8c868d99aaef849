/** What a reconcile of a RayCluster does, situation by situation, in a line each. */
import { describe, expect, it, test } from "vitest";
import type { Pod } from "../../api/core/pod.ts";
import type { RayCluster, RayClusterSpec, RayClusterStatus, WorkerGroupSpec } from "../../api/ray/types.ts";
import { headPod } from "./events.ts";
import type { World } from "./observe.ts";
import { all, condition, plan, type Row, said, writes } from "./plan.test-support.ts";
import {
  head,
  headService,
  headTemplate,
  makeCluster,
  makeGroup,
  makeWorld,
  terminating,
  worker,
} from "./model.test-support.ts";

const three = makeGroup({ replicas: 3 });
const of = (group: WorkerGroupSpec, spec: Partial<RayClusterSpec> = {}) =>
  makeCluster({ workerGroupSpecs: [group], ...spec });

describe("pods", () => {
  const rows: readonly Row[] = [
    ["nothing to do", makeCluster(), all, ""],
    ["everything is missing", of(three), () => [], "+head +workergroup/0 +workergroup/1 +workergroup/2"],
    [
      "a worker is missing: it takes the free place",
      of(three),
      (c) => [head(c), worker(c, { index: 0 }), worker(c, { index: 2 })],
      "+workergroup/1",
    ],
    ["a head is missing, workers are not", makeCluster(), (c) => [worker(c, { index: 0 })], "+head"],
    ["a head failed: it goes, and nothing else happens", of(three), (c) => [head(c, "failed")], "-h"],
    ["a head succeeded", makeCluster(), (c) => [head(c, "succeeded"), worker(c, { index: 0 })], "-h"],
    [
      "a failed head is going already: workers are looked after",
      of(three),
      (c) => [head(c, "failed", terminating)],
      "+workergroup/0 +workergroup/1 +workergroup/2",
    ],
    [
      "a head whose Ray ended is restarted by its kubelet",
      makeCluster(),
      (c) => [head(c, "exited"), worker(c, { index: 0 })],
      "",
    ],
    ["a pending head is waited for", makeCluster(), (c) => [head(c, "pending"), worker(c, { index: 0 })], ""],
    [
      "workers failed: all of them go, and nothing is made yet",
      of(three),
      (c) => [head(c), worker(c, { index: 0 }, "failed"), worker(c, { index: 1 }, "succeeded")],
      "-w0 -w1",
    ],
    [
      "a leaving worker still holds its place",
      makeCluster(),
      (c) => [head(c), worker(c, { index: 0 }, "ready", terminating)],
      "",
    ],
    [
      "replicas below the minimum",
      of(makeGroup({ replicas: 0, minReplicas: 2 })),
      (c) => [head(c)],
      "+workergroup/0 +workergroup/1",
    ],
    ["replicas above the maximum", of(makeGroup({ replicas: 9, maxReplicas: 1 })), all, ""],
    [
      "too many workers: the unready go first",
      makeCluster(),
      (c) => [...all(c), worker(c, { index: 1 }, "starting")],
      "-w1",
    ],
    [
      "too many workers, one of them leaving",
      makeCluster(),
      (c) => [...all(c), worker(c, { index: 1 }, "ready", terminating)],
      "",
    ],
    [
      "too many workers are the autoscaler's affair",
      makeCluster({ enableInTreeAutoscaling: true }),
      (c) => [...all(c), worker(c, { index: 1 })],
      "+ServiceAccount raycluster-kuberay +Role raycluster-kuberay +RoleBinding raycluster-kuberay",
    ],
    [
      "the autoscaler chose a worker",
      of(makeGroup({ replicas: 1, scaleStrategy: { workersToDelete: ["w0", "gone"] } })),
      (c) => [...all(c), worker(c, { index: 1 })],
      "-w0",
    ],
    [
      "a group is suspended",
      of(makeGroup({ suspend: true })),
      all,
      "-ray.io/cluster=raycluster-kuberay,ray.io/group=workergroup",
    ],
    [
      "a suspended group's last pods are going",
      of(makeGroup({ suspend: true })),
      (c) => [head(c), worker(c, { index: 0 }, "ready", terminating)],
      "",
    ],
    ["no hosts are no workers", of(makeGroup({ numOfHosts: 0 })), all, "-w0"],
    ["workers of a group that is no more stay", makeCluster({ workerGroupSpecs: [] }), () => all(makeCluster()), ""],
  ];
  test.each(rows)("%s", (_, cluster, pods, expected) => {
    expect(writes(plan(cluster, makeWorld(cluster, pods(cluster))))).toBe(expected);
  });

  it("are never restarted by hand where the policy says Never", () => {
    const template = { spec: { ...headTemplate.spec, restartPolicy: "Never" as const } };
    const cluster = makeCluster({ headGroupSpec: { template } });
    expect(writes(plan(cluster, makeWorld(cluster, [head(cluster, "exited")])))).toBe("-h");
  });

  it("of a second group wait while those of the first have to go", () => {
    const cluster = makeCluster({ workerGroupSpecs: [makeGroup(), makeGroup({ groupName: "other" })] });
    const pods = [head(cluster), worker(cluster, { index: 0 }, "failed")];
    expect(writes(plan(cluster, makeWorld(cluster, pods)))).toBe("-w0");
  });

  it("may be deleted beside an autoscaler when the operator is told so", () => {
    const cluster = makeCluster({ enableInTreeAutoscaling: true });
    const pods = [...all(cluster), worker(cluster, { index: 1 })];
    const told = plan(cluster, makeWorld(cluster, pods), { randomPodDelete: true });
    expect(told.remove).toHaveLength(1);
  });

  it("are made in places of the cluster, where a lost answer finds them again", () => {
    const cluster = of(three);
    const { apply } = plan(cluster, makeWorld(cluster, []));
    expect(apply.map(({ slot, as }) => `${as?.reason} ${slot}`)).toEqual([
      "HeadPod head",
      "WorkerPod workergroup/0",
      "WorkerPod workergroup/1",
      "WorkerPod workergroup/2",
    ]);
  });

  const facts = "Pod restart policy: Always; Ray container terminated status: nil";
  test.each([
    [
      "a head failed",
      makeCluster(),
      (c: RayCluster) => [head(c, "failed")],
      `Deleted head Pod {object}; Pod status: Failed; ${facts}`,
    ],
    [
      "a worker ended",
      makeCluster(),
      (c: RayCluster) => [head(c), worker(c, { index: 0 }, "succeeded")],
      `Deleted worker Pod {object}; Pod status: Succeeded; ${facts}`,
    ],
    [
      "the autoscaler chose a worker",
      of(makeGroup({ scaleStrategy: { workersToDelete: ["w0"] } })),
      (c: RayCluster) => [...all(c), worker(c, { index: 1 })],
      "Deleted pod {object}",
    ],
    ["there is a worker too many", makeCluster(), (c: RayCluster) => [...all(c), worker(c, { index: 1 })], undefined],
  ])("are deleted with a sentence: %s", (_, cluster, pods, expected) => {
    expect(said(plan(cluster, makeWorld(cluster, pods(cluster))))).toEqual([expected]);
  });

  it("are left alone while there are two heads, which is told", () => {
    const cluster = of(three);
    const pods = [head(cluster), { ...head(cluster), metadata: { ...head(cluster).metadata, name: "h2" } }];
    const message = "raycluster-kuberay has 2 head pods (h, h2). Please delete extra head pods";
    expect(plan(cluster, makeWorld(cluster, pods))).toEqual({
      apply: [],
      remove: [],
      events: [{ type: "Warning", reason: "FailedToCreateHeadPod", action: "Reconcile", message }],
    });
  });

  it("are not replaced where the submitter lives in the head", () => {
    const cluster = makeCluster(
      {},
      {
        metadata: { annotations: { "ray.io/disable-provisioned-head-restart": "true" } },
        status: { conditions: [condition("RayClusterProvisioned")] },
      },
    );
    expect(writes(plan(cluster, makeWorld(cluster, [])))).toBe("");
    expect(writes(plan({ ...cluster, status: {} }, makeWorld(cluster, [])))).toBe("+head +workergroup/0");
  });
});

describe("around the pods", () => {
  const made = (spec: Partial<RayClusterSpec>, metadata = {}, world: Partial<World> = {}) => {
    const cluster = makeCluster(spec, { metadata });
    return plan(cluster, makeWorld(cluster, all(cluster), world));
  };

  test.each([
    ["a head Service that is missing", {}, {}, { headServices: [] }, "+Service raycluster-kuberay-head-svc"],
    ["a secret for tokens", { authOptions: { mode: "token" } }, {}, {}, "+Secret raycluster-kuberay"],
    ["no secret beside the user's own", { authOptions: { mode: "token", secretName: "mine" } }, {}, {}, ""],
    [
      "an ingress",
      { headGroupSpec: { template: headTemplate, enableIngress: true } },
      {},
      {},
      "+Ingress raycluster-kuberay-head-ingress",
    ],
    [
      "a serve Service where asked for",
      { headGroupSpec: { template: { spec: { containers: [{ name: "ray" }] } } } },
      { annotations: { "ray.io/enable-serve-service": "true" } },
      {},
      "+Service raycluster-kuberay-serve-svc",
    ],
  ] as const)("%s", (_, spec, metadata, world, expected) => {
    expect(writes(made(spec, metadata, world))).toBe(expected);
  });

  it("waits for an account that the user named for the autoscaler, and says so", () => {
    const template = { spec: { ...headTemplate.spec, serviceAccountName: "mine" } };
    const cluster = makeCluster({ enableInTreeAutoscaling: true, headGroupSpec: { template } });
    const found = plan(cluster, makeWorld(cluster, [], { missingAccount: "mine" }));
    expect([writes(found), found.events, found.requeueAfterMs]).toEqual([
      "+Role raycluster-kuberay +RoleBinding raycluster-kuberay",
      [
        {
          type: "Warning",
          reason: "AutoscalerServiceAccountNotFound",
          action: "Validate",
          message: "There is no ServiceAccount default/mine, which the head group names for the autoscaler",
        },
      ],
      undefined,
    ]);
  });

  it("says why there is no serve Service though one is asked for", () => {
    const found = made({}, { annotations: { "ray.io/enable-serve-service": "true" } });
    expect([writes(found), found.events]).toEqual([
      "",
      [
        {
          type: "Warning",
          reason: "FailedToCreateService",
          action: "Create",
          message:
            "Service default/raycluster-kuberay-serve-svc has no port to serve: give the head's Ray container a port called serve, or serve-*",
        },
      ],
    ]);
  });

  it("takes an account, a Role and a binding of its name as they are, whoever made them", () => {
    const cluster = makeCluster({ enableInTreeAutoscaling: true });
    const { apply } = plan(cluster, makeWorld(cluster, all(cluster)));
    expect(apply.map(({ kind, mode, accepts }) => [kind.kind, mode, accepts])).toEqual([
      ["ServiceAccount", "create", "any"],
      ["Role", "create", "any"],
      ["RoleBinding", "create", "any"],
    ]);
  });

  it("makes an account of its own where the name of one is empty", () => {
    const template = { spec: { ...headTemplate.spec, serviceAccountName: "" } };
    const cluster = makeCluster({ enableInTreeAutoscaling: true, headGroupSpec: { template } });
    const { apply } = plan(cluster, makeWorld(cluster, []));
    expect(apply[0]?.target).toMatchObject({ kind: "ServiceAccount", metadata: { name: "raycluster-kuberay" } });
    const pod = apply.find(({ target }) => target.metadata.generateName?.endsWith("-head-"))?.target as Pod | undefined;
    expect(pod?.spec.serviceAccountName).toBe("raycluster-kuberay");
  });

  it("says what is wrong with a spec, touches nothing, and lets a cluster that is up be up", () => {
    const status: RayClusterStatus = { state: "ready" };
    const cluster = makeCluster({ headGroupSpec: { template: { spec: { containers: [] } } } }, { status });
    const found = plan(cluster, makeWorld(cluster, []));
    expect(found).toMatchObject({
      apply: [],
      remove: [],
      status: { state: "ready", reason: expect.stringContaining("container") },
      events: [{ type: "Warning", reason: "InvalidRayClusterSpec", action: "Validate" }],
    });
  });

  it("leaves the user's own ports as they are, and adds only what is missing", () => {
    const service = {
      spec: {
        ports: [
          { name: "dashboard", port: 9999 },
          { name: "mine", port: 10001 },
        ],
      },
    };
    const custom = makeCluster({ headGroupSpec: { template: headTemplate, headService: service as never } });
    expect(headService(custom).spec.ports?.map(({ name, port }) => `${name}:${port}`)).toEqual([
      "dashboard:9999",
      "mine:10001",
      "gcs-server:6379",
      "metrics:8080",
    ]);
  });
});

describe("the status", () => {
  it("is not written by a reconcile that makes something: the next one tells both", () => {
    const cluster = makeCluster();
    expect(plan(cluster, makeWorld(cluster, [])).status).toBeUndefined();
  });

  it("is written when making something failed", () => {
    const cluster = makeCluster();
    const failures = [{ verb: "Create", noun: headPod, reason: "FailedCreateHeadPod", message: "quota" }] as const;
    expect(plan(cluster, makeWorld(cluster, [], { failures })).status?.conditions?.[0]).toMatchObject({
      type: "ReplicaFailure",
      status: "True",
      reason: "FailedCreateHeadPod",
      message: "quota",
    });
  });
});
