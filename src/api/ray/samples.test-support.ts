/** Ray's kinds as users write them, for tests: the sample cluster of Ray's documentation, and a job around it. */
import type { Container, PodTemplateSpec } from "../core/pod.ts";
import type { ObjectMeta } from "../../meta/object.ts";
import type { HeadGroupSpec, RayCluster, RayClusterSpec, RayJob, RayJobSpec, WorkerGroupSpec } from "./types.ts";

const image = "rayproject/ray:2.52.0";

function container(name: string, cpu: string, memory: string, more: Partial<Container>): Container {
  const amounts = { cpu, memory };
  return { name, image, resources: { limits: amounts, requests: amounts }, ...more };
}

const headContainer = container("ray-head", "1", "5Gi", {
  ports: [
    { containerPort: 6379, name: "gcs-server" },
    { containerPort: 8265, name: "dashboard" },
    { containerPort: 10001, name: "client" },
  ],
});
const workerContainer = container("ray-worker", "1", "1Gi", {});

/** A template with one container; `more` changes the container, `pod` the pod. */
export function template(base: Container, more: Partial<Container> = {}, pod: object = {}): PodTemplateSpec {
  return { spec: { containers: [{ ...base, ...more }], ...pod } };
}

export function makeHead(
  more: Partial<HeadGroupSpec> = {},
  own: Partial<Container> = {},
  pod: object = {},
): HeadGroupSpec {
  return { rayStartParams: {}, template: template(headContainer, own, pod), ...more };
}

/** The sample's one group, as the API server defaults it. */
export function makeGroup(
  more: Partial<WorkerGroupSpec> = {},
  own: Partial<Container> = {},
  pod: object = {},
): WorkerGroupSpec {
  return {
    groupName: "workergroup",
    replicas: 1,
    minReplicas: 1,
    maxReplicas: 5,
    numOfHosts: 1,
    rayStartParams: {},
    template: template(workerContainer, own, pod),
    ...more,
  };
}

export function makeClusterSpec(more: Partial<RayClusterSpec> = {}): RayClusterSpec {
  return { rayVersion: "2.52.0", headGroupSpec: makeHead(), workerGroupSpecs: [makeGroup()], ...more };
}

export function makeCluster(
  spec: Partial<RayClusterSpec> = {},
  metadata: ObjectMeta = {},
  status?: RayCluster["status"],
): RayCluster {
  return {
    apiVersion: "ray.io/v1",
    kind: "RayCluster",
    metadata: { name: "raycluster-kuberay", namespace: "default", uid: "cluster-uid", generation: 1, ...metadata },
    spec: makeClusterSpec(spec),
    ...(status && { status }),
  };
}

export function makeJob(spec: Partial<RayJobSpec> = {}, status?: RayJob["status"], metadata: ObjectMeta = {}): RayJob {
  return {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata: { name: "sample", namespace: "default", uid: "job-uid", generation: 1, ...metadata },
    spec: {
      entrypoint: "python main.py",
      submissionMode: "K8sJobMode",
      backoffLimit: 0,
      ttlSecondsAfterFinished: 0,
      rayClusterSpec: makeClusterSpec(),
      ...spec,
    },
    ...(status && { status }),
  };
}

/** Fault tolerance with Redis. */
export const ft = (more: object = {}) => ({ gcsFaultToleranceOptions: { redisAddress: "redis:6379", ...more } });

/** A group for each of the changes to the sample's. */
export const groups = (...changes: Parameters<typeof makeGroup>[0][]) => ({
  workerGroupSpecs: changes.map((more) => makeGroup(more)),
});
