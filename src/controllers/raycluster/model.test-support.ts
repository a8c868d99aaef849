/** A RayCluster for tests (KubeRay's own small sample), its pods in every state, and the world around it. */
import type { Container, Pod, PodStatus } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import type { HeadGroupSpec, RayCluster, RayClusterSpec, WorkerGroupSpec } from "../../api/ray/types.ts";
import { createRayClusterController } from "./controller.ts";
import type { World } from "./observe.ts";
import { rayOperatorOptions } from "./options.ts";
import { desiredHeadPod, desiredWorkerPod, type PodContext, type ReplicaPlace } from "./pod-template/ray-pod.ts";
import { desiredHeadService, headServiceNameOf } from "./children/services.ts";
import { specHash } from "./policies/spec-hash.ts";

export const now = new Date("2026-01-01T00:00:00Z");
export const later = new Date("2026-01-01T00:05:00Z");
export const options = rayOperatorOptions("nightly", {});
export const spec = createRayClusterController({ options });

const amount = (cpu: string, memory: string) => ({ limits: { cpu, memory }, requests: { cpu, memory } });

export const headTemplate = {
  spec: {
    containers: [
      {
        name: "ray-head",
        image: "rayproject/ray:2.52.0",
        resources: amount("1", "5Gi"),
        ports: [
          { containerPort: 6379, name: "gcs-server" },
          { containerPort: 8265, name: "dashboard" },
          { containerPort: 10001, name: "client" },
        ],
      },
    ],
  },
};

export function makeGroup(more: Partial<WorkerGroupSpec> = {}): WorkerGroupSpec {
  return {
    groupName: "workergroup",
    replicas: 1,
    minReplicas: 1,
    maxReplicas: 5,
    template: {
      spec: {
        containers: [{ name: "ray-worker", image: "rayproject/ray:2.52.0", resources: amount("1", "1Gi") }],
      },
    },
    ...more,
  };
}

export function makeCluster(spec: Partial<RayClusterSpec> = {}, more: Partial<RayCluster> = {}): RayCluster {
  return {
    apiVersion: "ray.io/v1",
    kind: "RayCluster",
    ...more,
    metadata: { name: "raycluster-kuberay", namespace: "default", uid: "u1", generation: 1, ...more.metadata },
    spec: {
      rayVersion: "2.52.0",
      headGroupSpec: { rayStartParams: {}, template: headTemplate },
      workerGroupSpecs: [makeGroup()],
      ...spec,
    },
  };
}

export function contextOf(cluster: RayCluster, more: Partial<PodContext> = {}): PodContext {
  return { cluster, options, headService: headServiceNameOf(cluster), hash: () => specHash(cluster.spec), ...more };
}

type PodState = "pending" | "starting" | "ready" | "failed" | "succeeded" | "exited";

const ready = (status: "True" | "False", reason?: string) => [{ type: "Ready", status, ...(reason && { reason }) }];
const statuses: Readonly<Record<PodState, PodStatus>> = {
  pending: { phase: "Pending" },
  starting: { phase: "Running", conditions: ready("False", "ContainersNotReady") },
  ready: { phase: "Running", conditions: ready("True") },
  failed: { phase: "Failed" },
  succeeded: { phase: "Succeeded" },
  exited: { phase: "Running", conditions: ready("False") },
};

/** The pod as the API server would have it; `exited` = its Ray container has ended while the pod still runs. */
export function inState(pod: Pod, name: string, state: PodState = "ready", more: Partial<Pod["metadata"]> = {}): Pod {
  const { generateName: _, ...metadata } = pod.metadata;
  const ray = pod.spec.containers[0]?.name ?? "";
  const ended = { name: ray, state: { terminated: { exitCode: 1, reason: "Error" } } };
  const status = {
    ...statuses[state],
    podIP: "10.0.0.1",
    ...(state === "exited" && { containerStatuses: [ended] }),
  } as PodStatus;
  return { ...pod, metadata: { ...metadata, name, uid: `uid-${name}`, ...more }, status };
}

export const head = (cluster: RayCluster, state: PodState = "ready", more: Partial<Pod["metadata"]> = {}): Pod =>
  inState(desiredHeadPod(contextOf(cluster)), "h", state, more);

export function worker(
  cluster: RayCluster,
  place: ReplicaPlace & { readonly group?: number; readonly podName?: string },
  state: PodState = "ready",
  more: Partial<Pod["metadata"]> = {},
): Pod {
  const { group = 0, podName = `w${place.index}`, ...where } = place;
  const spec = cluster.spec.workerGroupSpecs?.[group] as WorkerGroupSpec;
  return inState(desiredWorkerPod(contextOf(cluster), spec, where), podName, state, more);
}

export const terminating = { deletionTimestamp: "2026-01-01T00:00:00Z" };

export function headService(cluster: RayCluster): Service {
  return desiredHeadService(cluster, options);
}

export function makeWorld(cluster: RayCluster, pods: readonly Pod[], more: Partial<World> = {}): World {
  return { pods, headServices: [headService(cluster)], failures: [], ...more };
}

/** A head group whose Ray container, and whose pod, have more than the sample's. */
export const withContainer = (more: Partial<Container>, spec: object = {}): HeadGroupSpec => ({
  template: { spec: { ...spec, containers: [{ ...headTemplate.spec.containers[0], name: "ray-head", ...more }] } },
});
export const headPod = (headGroupSpec: HeadGroupSpec, more: Partial<RayCluster["spec"]> = {}, metadata = {}): Pod =>
  desiredHeadPod(contextOf(makeCluster({ headGroupSpec, ...more }, { metadata })));
export const ray = (pod: Pod) => pod.spec.containers[0] as Container;
