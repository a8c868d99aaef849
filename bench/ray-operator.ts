/**
 * What RayClusters cost `windlass operator`: requests and memory of the process, with 1,000 clusters of a head and a worker.
 * The API server is Windlass' own, in this process, over HTTP; this bench plays the pods. Nothing runs in them.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Namespace, Pod as PodKind } from "../src/api/core/kinds.ts";
import type { Pod } from "../src/api/core/pod.ts";
import { RayCluster as RayClusterKind } from "../src/api/ray/kinds.ts";
import type { RayCluster } from "../src/api/ray/types.ts";
import type { Client } from "../src/kube/client.ts";
import { createClient } from "../src/kube/create-client.ts";
import { createApiServer } from "../src/local/apiserver/server.ts";
import { memoryJournal, Store } from "../src/local/store/index.ts";
import type { Figure } from "./figure.ts";
import { installDefinitions, type OperatorProcess, startOperator } from "./operator-process.ts";

const clusters = 1000;
const podsPerCluster = 2;
const atOnce = 20;
const namespace = "default";
const idleMs = 10_000;

/** A pod as people write it: resources, some variables, a volume. */
const template = (name: string) => ({
  spec: {
    containers: [
      {
        name,
        image: "rayproject/ray:2.53.0",
        resources: { limits: { cpu: "1", memory: "2Gi" }, requests: { cpu: "1", memory: "2Gi" } },
        env: [
          { name: "RAY_DEDUP_LOGS", value: "0" },
          { name: "NCCL_DEBUG", value: "WARN" },
        ],
        volumeMounts: [{ name: "ray-logs", mountPath: "/tmp/ray" }],
      },
    ],
    volumes: [{ name: "ray-logs", emptyDir: {} }],
  },
});

export const makeCluster = (index: number): RayCluster => ({
  apiVersion: "ray.io/v1",
  kind: "RayCluster",
  metadata: { name: `bench-${index}`, namespace },
  spec: {
    rayVersion: "2.53.0",
    headGroupSpec: { rayStartParams: {}, template: template("ray-head") },
    workerGroupSpecs: [
      {
        groupName: "small",
        replicas: 1,
        minReplicas: 0,
        maxReplicas: 2,
        rayStartParams: {},
        template: template("ray-worker"),
      },
    ],
  },
});

/** What a kubelet says of a pod that has started. */
export function running(pod: Pod, index: number): object {
  const ip = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
  const now = new Date().toISOString().replace(/\.\d+/, "");
  const yes = ["Initialized", "PodReadyToStartContainers", "Ready", "ContainersReady", "PodScheduled"];
  const containerStatuses = pod.spec.containers.map(({ name, image }) => ({
    name,
    image,
    imageID: `${image}@sha256:${"0".repeat(64)}`,
    containerID: `containerd://${index.toString(16).padStart(64, "0")}`,
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: now } },
  }));
  return {
    phase: "Running",
    hostIP: "10.9.0.1",
    hostIPs: [{ ip: "10.9.0.1" }],
    podIP: ip,
    podIPs: [{ ip }],
    startTime: now,
    conditions: yes.map((type) => ({ type, status: "True", lastTransitionTime: now, lastProbeTime: null })),
    containerStatuses,
  };
}

/** Says of each pod, as soon as it is there, that it runs; until `signal` aborts. */
async function playPods(client: Client, signal: AbortSignal): Promise<void> {
  let index = 0;
  for await (const { type, object } of client.watch<Pod>(PodKind, { namespace, signal })) {
    if (type !== "ADDED") continue;
    const ref = { kind: PodKind, namespace, name: object.metadata.name ?? "" };
    await client.patch(ref, { status: running(object, index++) }, { type: "merge", subresource: "status" });
  }
}

async function makeClusters(client: Client): Promise<void> {
  let next = 0;
  const maker = async () => {
    while (next < clusters) await client.create(RayClusterKind, makeCluster(next++));
  };
  await Promise.all(Array.from({ length: atOnce }, maker));
}

async function allReady(client: Client): Promise<void> {
  for (;;) {
    const { items } = await client.list<RayCluster>(RayClusterKind, { namespace });
    if (items.filter(({ status }) => status?.state === "ready").length === clusters) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const figure = (name: string, value: number, unit: string, most?: number): Figure => ({
  name,
  value,
  unit,
  goal: most === undefined ? "" : `≤ ${most} ${unit}`,
  reached: most === undefined || value <= most,
});

async function measure(client: Client, operator: OperatorProcess): Promise<readonly Figure[]> {
  const idle = operator.nowMb();
  const [requests, cpu] = [await operator.requests(), await operator.cpuSeconds()];
  await makeClusters(client);
  await allReady(client);
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const made = `${clusters} RayClusters of ${podsPerCluster} pods`;
  return [
    figure(`${made}: requests for each`, ((await operator.requests()) - requests) / clusters, "requests", 8),
    figure("… CPU for each", (((await operator.cpuSeconds()) - cpu) / clusters) * 1000, "ms"),
    figure("… most memory", operator.peakMb(), "MB", 150),
    figure("… memory once they are ready", operator.nowMb(), "MB"),
    figure("… memory before the first", idle, "MB"),
  ];
}

export async function rayOperatorBench(): Promise<readonly Figure[]> {
  const folder = mkdtempSync("/var/tmp/windlass-ray-operator-");
  const kubeconfig = join(folder, "kubeconfig");
  const server = createApiServer({ store: new Store(memoryJournal()) });
  const stop = new AbortController();
  try {
    const { url } = await server.listen({});
    const [clusters, users] = [[{ name: "bench", cluster: { server: url } }], [{ name: "bench", user: {} }]];
    const contexts = [{ name: "bench", context: { cluster: "bench", user: "bench" } }];
    writeFileSync(
      kubeconfig,
      JSON.stringify({ apiVersion: "v1", kind: "Config", clusters, users, contexts, "current-context": "bench" }),
    );
    const client = createClient(server.transport);
    await client
      .create(Namespace, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } })
      .catch(() => {});
    await installDefinitions(kubeconfig);
    const operator = await startOperator(kubeconfig, "raycluster,rayjob,jobset,experiment,sweep");
    void playPods(client, stop.signal).catch(() => {});
    try {
      return await measure(client, operator);
    } finally {
      await operator.stop();
    }
  } finally {
    stop.abort();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
