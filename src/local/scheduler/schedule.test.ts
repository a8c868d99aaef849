import { expect, it } from "vitest";
import type { Container, Pod, PodSpec, ResourceList } from "../../api/core/pod.ts";
import type { Node } from "./node.ts";
import { podRequests } from "./requests.ts";
import { planRound, schedulePod } from "./schedule.ts";

function makeNode(name: string, allocatable: ResourceList, more: Partial<Node> = {}): Node {
  const { metadata, ...rest } = more;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name }, ...metadata },
    status: { allocatable },
    ...rest,
  };
}

function makePod(name: string, requests: ResourceList = {}, spec: Partial<PodSpec> = {}): Pod {
  const containers = spec.containers ?? [{ name: "main", resources: { requests } }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "n", uid: name, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { ...spec, containers },
    status: { phase: "Pending" },
  };
}

const withPort = (containerPort: number, more = {}): readonly Container[] => [
  { name: "main", ports: [{ containerPort, ...more }] },
];
const small = makeNode("small", { cpu: "2", memory: "4Gi", pods: 3 });
const shared = makeNode(
  "small",
  { cpu: "2", pods: 9 },
  { metadata: { annotations: { "windlass.dev/network": "shared" } } },
);
const gpu = makeNode(
  "gpu",
  { cpu: 8, "nvidia.com/gpu": 2 },
  {
    metadata: { labels: { "nvidia.com/gpu.product": "A100" } },
    spec: { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] },
  },
);

interface Row {
  readonly pod: Pod;
  readonly nodes?: readonly Node[];
  readonly running?: Readonly<Record<string, readonly Pod[]>>;
  /** A node's name, or the message. */
  readonly expected: string;
}

const rows: Record<string, Row> = {
  "a pod that asks for nothing goes to the only node": { pod: makePod("p"), expected: "small" },
  "no node yet": {
    pod: makePod("p"),
    nodes: [],
    expected: "no nodes available to schedule pods: the node is not registered yet.",
  },
  "more cpu than the machine has never fits": {
    pod: makePod("p", { cpu: 6 }),
    running: { small: [makePod("a", { cpu: "800m" })] },
    expected:
      "0/1 nodes are available: 1 Insufficient cpu (needs 6, 1.2 of 2 free). Can never be scheduled: request at most 2 cpu, or run on a larger machine.",
  },
  "cpu that others hold is waited for, by name": {
    pod: makePod("p", { cpu: "1500m" }),
    running: { small: [makePod("a", { cpu: 1 }), makePod("b", { memory: "1Gi" })] },
    expected:
      "0/1 nodes are available: 1 Insufficient cpu (needs 1.5, 1 of 2 free). Waiting for other pods to finish: a.",
  },
  "several shortages are all told": {
    pod: makePod("p", { cpu: 2, memory: "4Gi" }),
    running: { small: [makePod("a", { cpu: 1, memory: "1Gi" })] },
    expected:
      "0/1 nodes are available: 1 Insufficient cpu (needs 2, 1 of 2 free), 1 Insufficient memory (needs 4 GiB, 3 GiB of 4 GiB free). Waiting for other pods to finish: a.",
  },
  "finished pods hold nothing": {
    pod: makePod("p", { cpu: 2 }),
    running: { small: [{ ...makePod("a", { cpu: 2 }), status: { phase: "Succeeded" } }] },
    expected: "small",
  },
  "too many pods": {
    pod: makePod("p"),
    running: { small: ["a", "b", "c"].map((name) => makePod(name)) },
    expected: "0/1 nodes are available: 1 Too many pods (the limit is 3). Waiting for other pods to finish: a, b, c.",
  },
  "a GPU where there is none": {
    pod: makePod("p", { "nvidia.com/gpu": 1 }),
    expected:
      "0/1 nodes are available: 1 Insufficient nvidia.com/gpu (needs 1, the node has none). Can never be scheduled: no node here has nvidia.com/gpu. Remove the request, or run on a cluster that has it.",
  },
  "a node selector that no node meets is named": {
    pod: makePod("p", {}, { nodeSelector: { "nvidia.com/gpu.product": "H100" } }),
    expected:
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector (missing: nvidia.com/gpu.product=H100). Can never be scheduled: no node here has nvidia.com/gpu.product=H100. Remove the node selector or affinity, or run on a cluster that has such nodes.",
  },
  "a required affinity term that no node meets": {
    pod: makePod(
      "p",
      {},
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a", "b"] }] }],
            },
          },
        },
      },
    ),
    expected:
      "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector (missing: zone in a|b). Can never be scheduled: no node here has zone in a|b. Remove the node selector or affinity, or run on a cluster that has such nodes.",
  },
  "an untolerated taint": {
    pod: makePod("p", { "nvidia.com/gpu": 1 }),
    nodes: [gpu],
    expected:
      "0/1 nodes are available: 1 node(s) had untolerated taint(s) {gpu: yes}. Can never be scheduled: no toleration for gpu. Add one, or remove the taint from the node.",
  },
  "a toleration and a matching selector lead to the tainted node": {
    pod: makePod(
      "p",
      { "nvidia.com/gpu": 1 },
      {
        tolerations: [{ key: "gpu", operator: "Exists" }],
        nodeSelector: { "nvidia.com/gpu.product": "A100" },
      },
    ),
    nodes: [small, gpu],
    expected: "gpu",
  },
  "a cordoned node": {
    pod: makePod("p"),
    nodes: [{ ...small, spec: { unschedulable: true } }],
    expected:
      "0/1 nodes are available: 1 node(s) were unschedulable. Can never be scheduled: the node is cordoned. Uncordon it.",
  },
  "container ports of other pods do not clash": {
    pod: makePod("p", {}, { containers: withPort(6379) }),
    running: { small: [makePod("a", {}, { containers: withPort(6379) })] },
    expected: "small",
  },
  "host ports clash": {
    pod: makePod("p", {}, { containers: withPort(80, { hostPort: 8080 }) }),
    running: { small: [makePod("a", {}, { containers: withPort(81, { hostPort: 8080 }) })] },
    expected:
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports (8080 is taken by a). Waiting for other pods to finish: a.",
  },
  "on a shared network container ports clash": {
    pod: makePod("p", {}, { containers: withPort(6379) }),
    nodes: [shared],
    running: { small: [makePod("a", {}, { containers: withPort(6379) })] },
    expected:
      "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports (6379 is taken by a). Waiting for other pods to finish: a.",
  },
  "the emptier of two nodes wins": {
    pod: makePod("p", { cpu: 1 }),
    nodes: [small, makeNode("other", { cpu: 2 })],
    running: { small: [makePod("a", { cpu: 1 })] },
    expected: "other",
  },
};

for (const [name, { pod, nodes = [small], running = {}, expected }] of Object.entries(rows)) {
  it(name, () => {
    const placement = schedulePod(pod, nodes, new Map(Object.entries(running)));
    expect(placement.node ?? placement.message).toBe(expected);
  });
}

it("nothing to do: a round over bound and finished pods", () => {
  const pods = [makePod("a", {}, { nodeName: "small" }), { ...makePod("b"), status: { phase: "Failed" as const } }];
  expect(planRound({ nodes: [small], pods, claims: new Set() }, new Map())).toEqual({ bind: [], wait: [] });
});

it("a round goes by priority, then age, and each pod sees those before it", () => {
  const later = (pod: Pod, second: number): Pod => ({
    ...pod,
    metadata: { ...pod.metadata, creationTimestamp: `2026-01-01T00:00:0${second}Z` },
  });
  const pods = [
    later(makePod("young", { cpu: 1 }), 3),
    later(makePod("old", { cpu: 1 }), 1),
    later(makePod("urgent", { cpu: 1 }, { priority: 10 }), 5),
  ];
  const round = planRound({ nodes: [small], pods, claims: new Set() }, new Map());
  expect(round.bind.map(({ pod }) => pod.metadata.name)).toEqual(["urgent", "old"]);
  expect(round.wait.map(({ pod, message }) => [pod.metadata.name, message])).toEqual([
    ["young", expect.stringContaining("Waiting for other pods to finish: urgent, old.")],
  ]);
});

it("a binding that was sent but is not seen yet takes its room", () => {
  const pods = [makePod("a", { cpu: 2 }), makePod("b", { cpu: 2 })];
  const round = planRound({ nodes: [small], pods, claims: new Set() }, new Map([["a", "small"]]));
  expect(round.bind).toEqual([]);
  expect(round.wait.map(({ pod }) => pod.metadata.name)).toEqual(["b"]);
});

it("gates, missing claims and foreign schedulers keep a pod waiting, each with its reason", () => {
  const volume = { name: "data", persistentVolumeClaim: { claimName: "disk" } };
  const pods = [
    makePod("gated", {}, { schedulingGates: [{ name: "g" }] }),
    makePod("claim", {}, { volumes: [volume] }),
    makePod("volcano", {}, { schedulerName: "volcano" }),
  ];
  const round = planRound({ nodes: [small], pods, claims: new Set() }, new Map());
  expect(round.wait.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
    "SchedulingGated: Scheduling is blocked due to non-empty scheduling gates",
    'Unschedulable: persistentvolumeclaim "disk" not found. Create it, or remove the volume "data".',
    'Unschedulable: No scheduler named "volcano" runs here. Remove spec.schedulerName.',
  ]);
  const bound = planRound({ nodes: [small], pods, claims: new Set(["n/disk"]) }, new Map());
  expect(bound.bind.map(({ pod }) => pod.metadata.name)).toEqual(["claim"]);
});

it("requests: sidecars add, init containers take the largest, limits stand in for requests", () => {
  const cpu = (amount: string) => ({ resources: { requests: { cpu: amount } } });
  const pod = makePod(
    "p",
    {},
    {
      initContainers: [
        { name: "big", ...cpu("3") },
        { name: "side", restartPolicy: "Always", ...cpu("500m") },
      ],
      containers: [
        { name: "one", ...cpu("1") },
        { name: "two", resources: { limits: { memory: "1Ki" } } },
      ],
    },
  );
  expect(podRequests(pod)).toEqual({ cpu: 3000, memory: 1024 });
});

it("500 pods are placed in one round", () => {
  const pods = Array.from({ length: 500 }, (_, at) => makePod(`p${at}`, { cpu: "100m", memory: "10Mi" }));
  const node = makeNode("big", { cpu: 64, memory: "64Gi", pods: 1000 });
  const round = planRound({ nodes: [node], pods, claims: new Set() }, new Map());
  expect(round.bind).toHaveLength(500);
});
