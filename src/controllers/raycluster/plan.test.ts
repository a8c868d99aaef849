/** What a pass over a RayCluster does, situation by situation, in a line each. */
import { describe, expect, it, test } from "vitest";
import type { Pod } from "../../api/core/pod.ts";
import type { Condition } from "../../api/meta/condition.ts";
import { defaultRayGates } from "../../api/ray/gates.ts";
import type { RayCluster, RayClusterSpec, RayClusterStatus, WorkerGroupSpec } from "../../api/ray/types.ts";
import type { Plan } from "../../runtime/plan.ts";
import { joinSteps } from "../../runtime/steps.ts";
import { headPod } from "./events.ts";
import type { World } from "./observe.ts";
import { planRayCluster } from "./plan.ts";
import {
  head,
  headService,
  headTemplate,
  makeCluster,
  makeGroup,
  makeWorld,
  now,
  options,
  terminating,
  worker,
} from "./sample.test-support.ts";

const plan = (cluster: RayCluster, world: World, more: Partial<typeof options> = {}) =>
  joinSteps(planRayCluster(cluster, world, now, { ...options, ...more }));

/** The writes, in words: `+head`, `+worker group/index`, `-name`, `-selector`, `~name`, `+Service name`. */
function writes({ apply, remove, removeCollections = [] }: Plan<unknown>): string {
  const made = apply.map(({ target: { kind, metadata }, mode }) => {
    const { name, labels = {}, generateName } = metadata;
    if (mode === "patch") return `~${name}`;
    if (kind !== "Pod") return `+${kind} ${name}`;
    if (generateName?.endsWith("-head-")) return "+head";
    const host = labels["ray.io/replica-host-index"];
    const place = [labels["ray.io/group"], labels["ray.io/worker-group-replica-index"], host].filter(Boolean);
    return `+${place.join("/")}`;
  });
  const gone = remove.map(({ target }) => `-${target.name}`);
  return [...made, ...gone, ...removeCollections.map(({ labelSelector }) => `-${labelSelector}`)].join(" ");
}

const three = makeGroup({ replicas: 3 });
const of = (group: WorkerGroupSpec, spec: Partial<RayClusterSpec> = {}) =>
  makeCluster({ workerGroupSpecs: [group], ...spec });
const hosts = (cluster: RayCluster, index: number, state?: "ready" | "failed", more = {}): readonly Pod[] =>
  [0, 1].map((host) =>
    worker(cluster, { index, name: `workergroup-${index}`, host, podName: `r${index}h${host}` }, state, more),
  );
const condition = (type: string, status: "True" | "False" = "True"): Condition => ({
  type,
  status,
  reason: type,
  message: "",
  lastTransitionTime: "2026-01-01T00:00:00Z",
});
const withConditions = (spec: Partial<RayClusterSpec>, ...conditions: readonly Condition[]) =>
  makeCluster(spec, { status: { conditions } });

type Row = readonly [string, RayCluster, (cluster: RayCluster) => readonly Pod[], string];
const all = (cluster: RayCluster) => [head(cluster), worker(cluster, { index: 0 })];

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

describe("replicas of two hosts", () => {
  const pair = of(makeGroup({ replicas: 2, numOfHosts: 2 }));
  const listing = of(makeGroup({ replicas: 2, numOfHosts: 2, scaleStrategy: { workersToDelete: ["r0h1"] } }));
  const rows: readonly Row[] = [
    ["nothing to do", pair, (c) => [head(c), ...hosts(c, 0), ...hosts(c, 1)], ""],
    ["a replica is missing", pair, (c) => [head(c), ...hosts(c, 1)], "+workergroup/0/0 +workergroup/0/1"],
    ["a host is missing: its replica goes", pair, (c) => [head(c), ...hosts(c, 0), ...hosts(c, 1).slice(1)], "-r1h1"],
    [
      "a host failed: its replica goes, another comes",
      pair,
      (c) => [head(c), ...hosts(c, 0), ...hosts(c, 1, "failed")],
      "+workergroup/2/0 +workergroup/2/1 -r1h0 -r1h1",
    ],
    ["the autoscaler chose a host", listing, (c) => [head(c), ...hosts(c, 0), ...hosts(c, 1)], "-r0h0 -r0h1"],
    ["there is one too many", pair, (c) => [head(c), ...[0, 1, 2].flatMap((index) => hosts(c, index))], "-r2h0 -r2h1"],
    [
      "the one too many is leaving",
      pair,
      (c) => [head(c), ...hosts(c, 0, "ready", terminating), ...hosts(c, 1), ...hosts(c, 2)],
      "",
    ],
  ];
  test.each(rows)("%s", (_, cluster, pods, expected) => {
    const found = writes(plan(cluster, makeWorld(cluster, pods(cluster))));
    expect(found.replace("+Service raycluster-kuberay-headless", "").trim()).toBe(expected);
  });

  it("have a headless Service", () => {
    expect(writes(plan(pair, makeWorld(pair, [])))).toContain("+Service raycluster-kuberay-headless");
  });

  it("are single hosts when the gate is off", () => {
    const gates = { ...defaultRayGates, RayMultiHostIndexing: false };
    const found = plan(pair, makeWorld(pair, [head(pair)]), { gates });
    expect(found.apply.filter(({ target }) => target.kind === "Pod")).toHaveLength(4);
    expect(JSON.stringify(found.apply)).not.toContain("replica-index");
  });
});

describe("suspending", () => {
  const suspending = condition("RayClusterSuspending");
  const suspended = condition("RayClusterSuspended");
  const everything = "-ray.io/cluster=raycluster-kuberay";
  const rows: readonly (readonly [
    string,
    RayCluster,
    (cluster: RayCluster) => readonly Pod[],
    string,
    number | undefined,
  ])[] = [
    [
      "is written first: no pod is touched, and the next pass comes at once",
      makeCluster({ suspend: true }),
      all,
      "",
      0,
    ],
    ["deletes every pod in one request", withConditions({ suspend: true }, suspending), all, everything, undefined],
    ["goes on even when resumed meanwhile", withConditions({ suspend: false }, suspending), all, everything, undefined],
    [
      "asks once only",
      withConditions({ suspend: true }, suspending),
      (c) => [head(c, "ready", terminating)],
      "",
      undefined,
    ],
    ["is over when no pod is left", withConditions({ suspend: true }, suspending), () => [], "", 0],
    ["keeps everything away", withConditions({ suspend: true }, suspended), () => [], "", undefined],
    ["is not undone by leaving the field out", withConditions({}, suspended), () => [], "", undefined],
    ["is undone by false, in the status first", withConditions({ suspend: false }, suspended), () => [], "", 0],
    [
      "then everything is made",
      withConditions({ suspend: false }, condition("RayClusterSuspended", "False")),
      () => [],
      "+head +workergroup/0",
      undefined,
    ],
  ];
  test.each(rows)("%s", (_, cluster, pods, expected, requeueAfterMs) => {
    const found = plan(cluster, makeWorld(cluster, pods(cluster)));
    expect([writes(found), found.requeueAfterMs]).toEqual([expected, requeueAfterMs]);
  });

  it("has no state of its own when the gate is off", () => {
    const gates = { ...defaultRayGates, RayClusterStatusConditions: false };
    const cluster = makeCluster({ suspend: true });
    const found = plan(cluster, makeWorld(cluster, all(cluster)), { gates });
    expect([writes(found), found.status?.conditions]).toEqual([everything, undefined]);
  });
});

describe("upgrades", () => {
  const edited = makeCluster({
    upgradeStrategy: { type: "Recreate" },
    headGroupSpec: { template: headTemplate, rayStartParams: { "num-cpus": "2" } },
  });
  const old = makeCluster({ upgradeStrategy: { type: "Recreate" } });
  const marked = (pod: Pod, version: string): Pod => ({
    ...pod,
    metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, "ray.io/kuberay-version": version } },
  });
  const everything = "-ray.io/cluster=raycluster-kuberay";

  test.each([
    ["nothing has changed", old, all(old), ""],
    [
      "how many there are is no change",
      { ...old, spec: { ...old.spec, workerGroupSpecs: [makeGroup({ maxReplicas: 7 })] } },
      all(old),
      "",
    ],
    [
      "empty parameters are none",
      { ...old, spec: { ...old.spec, headGroupSpec: { template: headTemplate } } },
      all(old),
      "",
    ],
    ["a changed spec takes every pod away", edited, all(old), everything],
    [
      "a changed spec without the strategy changes nothing",
      { ...edited, spec: { ...edited.spec, upgradeStrategy: {} } },
      all(old),
      "",
    ],
    [
      "pods of another operator are stamped and stay",
      edited,
      [marked(head(old), "v1.6.0"), worker(old, { index: 0 })],
      "~h",
    ],
  ])("%s", (_, cluster, pods, expected) => {
    expect(writes(plan(cluster, makeWorld(cluster, pods)))).toBe(expected);
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
  it("is not written by a pass that makes something: the next one tells both", () => {
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
