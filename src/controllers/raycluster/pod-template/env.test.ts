/** The environment of pods, and what goes with it: the storage's name and the token. */
import { describe, expect, it, test } from "vitest";
import type { Container, Pod } from "../../../api/core/pod.ts";
import type { RayCluster } from "../../../api/ray/types.ts";
import { contextOf, headPod, headTemplate, makeCluster, makeGroup, ray, withContainer } from "../model.test-support.ts";
import { desiredHeadPod, desiredWorkerPod } from "./ray-pod.ts";

describe("environment", () => {
  const names = (pod: Pod) => (ray(pod).env ?? []).map(({ name }) => name);
  const common =
    "RAY_CLUSTER_NAME RAY_CLUSTER_NAMESPACE RAY_CLOUD_INSTANCE_ID RAY_NODE_TYPE_NAME KUBERAY_GEN_RAY_START_CMD RAY_PORT";
  const tail = "RAY_USAGE_STATS_KUBERAY_IN_USE RAY_USAGE_STATS_EXTRA_TAGS RAY_DASHBOARD_ENABLE_K8S_DISK_USAGE";
  const redis = { redisAddress: "redis:6379", redisUsername: { value: "u" }, redisPassword: { value: "p" } };
  const origin = { labels: { "ray.io/originated-from-crd": "RayService" } };
  const rows: readonly (readonly [string, Partial<RayCluster["spec"]>, object, string])[] = [
    ["nothing special", {}, {}, `${common} RAY_ADDRESS ${tail}`],
    [
      "fault tolerance with Redis",
      { gcsFaultToleranceOptions: redis },
      {},
      `RAY_external_storage_namespace RAY_REDIS_ADDRESS REDIS_USERNAME REDIS_PASSWORD ${common} RAY_ADDRESS ${tail}`,
    ],
    [
      "fault tolerance by annotation",
      {},
      { annotations: { "ray.io/ft-enabled": "true" } },
      `RAY_external_storage_namespace ${common} RAY_ADDRESS ${tail}`,
    ],
    [
      "token authentication",
      { authOptions: { mode: "token" } },
      {},
      `RAY_AUTH_MODE RAY_AUTH_TOKEN ${common} RAY_ADDRESS ${tail}`,
    ],
    [
      "token authentication by Kubernetes",
      { authOptions: { mode: "token", enableK8sTokenAuth: true } },
      {},
      `RAY_AUTH_MODE RAY_ENABLE_K8S_TOKEN_AUTH ${common} RAY_ADDRESS ${tail}`,
    ],
    [
      "made by a RayService",
      {},
      origin,
      `${common} RAY_timeout_ms_task_wait_for_death_info RAY_gcs_server_request_timeout_seconds RAY_SERVE_KV_TIMEOUT_S RAY_ADDRESS ${tail}`,
    ],
  ];
  test.each(rows)("of the head: %s", (_, spec, metadata, expected) => {
    expect(names(headPod({ template: headTemplate }, spec, metadata)).join(" ")).toBe(expected);
  });

  it("starts with the user's own, which wins where ours is only a default", () => {
    const own = [
      { name: "X", value: "1" },
      { name: "RAY_PORT", value: "7" },
    ];
    const pod = headPod(withContainer({ env: own }));
    expect(ray(pod).env?.slice(0, 2)).toEqual(own);
    expect(names(pod).filter((name) => name === "RAY_PORT")).toHaveLength(1);
  });

  it("of workers of a fault tolerant cluster lets them wait for the head", () => {
    const cluster = makeCluster({ gcsFaultToleranceOptions: redis });
    const pod = desiredWorkerPod(contextOf(cluster), makeGroup(), { index: 0 });
    expect(ray(pod).env?.[0]).toEqual({ name: "RAY_gcs_rpc_server_reconnect_timeout_s", value: "600" });
  });

  it("names the storage by options, else annotation, else uid", () => {
    const namespaceOf = (spec: object, metadata: object) =>
      headPod({ template: headTemplate }, spec, metadata).metadata.annotations?.["ray.io/external-storage-namespace"];
    const marks = { annotations: { "ray.io/ft-enabled": "true", "ray.io/external-storage-namespace": "marked" } };
    expect([
      namespaceOf({ gcsFaultToleranceOptions: { ...redis, externalStorageNamespace: "given" } }, {}),
      namespaceOf({}, marks),
      namespaceOf({ gcsFaultToleranceOptions: redis }, {}),
      namespaceOf({ gcsFaultToleranceOptions: { ...redis, externalStorageNamespace: "" } }, {}),
      namespaceOf({}, {}),
    ]).toEqual(["given", "marked", "u1", "u1", undefined]);
  });

  it("mounts the token wherever Kubernetes authenticates", () => {
    const cluster = makeCluster({
      enableInTreeAutoscaling: true,
      authOptions: { mode: "token", enableK8sTokenAuth: true },
    });
    const mounted = (containers: readonly Container[] = []) =>
      containers
        .filter(({ volumeMounts }) => volumeMounts?.some(({ name }) => name === "ray-token"))
        .map((c) => c.name);
    const worker = desiredWorkerPod(contextOf(cluster), makeGroup(), { index: 0 });
    expect(mounted(desiredHeadPod(contextOf(cluster)).spec.containers)).toEqual(["ray-head", "autoscaler"]);
    expect(mounted(worker.spec.containers)).toEqual(["ray-worker"]);
    expect(mounted(worker.spec.initContainers)).toEqual(["wait-gcs-ready"]);
  });
});
