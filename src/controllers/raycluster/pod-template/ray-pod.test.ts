/** The pods and the Service of KubeRay's sample cluster, whole; and what single settings change in them. */
import { describe, expect, it, test } from "vitest";
import type { Container, Pod } from "../../../api/core/pod.ts";
import type { RayCluster } from "../../../api/ray/types.ts";
import { desiredHeadPod, desiredWorkerPod } from "./ray-pod.ts";
import {
  contextOf,
  headPod,
  headTemplate,
  makeCluster,
  makeGroup,
  options,
  ray,
  withContainer,
} from "../model.test-support.ts";
import { desiredHeadService } from "../children/services.ts";
import { waitForGcs } from "./init-container.ts";

const owner = {
  apiVersion: "ray.io/v1",
  kind: "RayCluster",
  name: "raycluster-kuberay",
  uid: "u1",
  controller: true,
  blockOwnerDeletion: true,
};
const fieldRef = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const ulimit = `ulimit -n \${RAY_START_ULIMIT_OPEN_FILES:-65536}; `;
const fqdn = "raycluster-kuberay-head-svc.default.svc.cluster.local";
const raylet = "wget --tries 1 -T 2 -q -O- http://localhost:52365/api/local_raylet_healthz | grep success";
const gcs = "wget --tries 1 -T 10 -q -O- http://localhost:8265/api/gcs_healthz | grep success";

function probes(command: string, timeoutSeconds: number) {
  const exec = { exec: { command: ["bash", "-c", command] }, timeoutSeconds, periodSeconds: 5, successThreshold: 1 };
  return {
    livenessProbe: { ...exec, initialDelaySeconds: 30, failureThreshold: 120 },
    readinessProbe: { ...exec, initialDelaySeconds: 10, failureThreshold: 10 },
  };
}

const place = [
  fieldRef("RAY_CLUSTER_NAME", "metadata.labels['ray.io/cluster']"),
  fieldRef("RAY_CLUSTER_NAMESPACE", "metadata.namespace"),
  fieldRef("RAY_CLOUD_INSTANCE_ID", "metadata.name"),
  fieldRef("RAY_NODE_TYPE_NAME", "metadata.labels['ray.io/group']"),
];

describe("KubeRay's sample", () => {
  const cluster = makeCluster();
  const context = contextOf(cluster, { hash: () => "HASH" });

  test("head pod", () => {
    const start =
      "ray start --head  --block  --dashboard-agent-listen-port=52365  --dashboard-host=0.0.0.0  --memory=5368709120  --metrics-export-port=8080  --num-cpus=1 ";
    const [given] = headTemplate.spec.containers;
    expect(desiredHeadPod(context)).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        generateName: "raycluster-kuberay-head-",
        namespace: "default",
        ownerReferences: [owner],
        labels: {
          "ray.io/is-ray-node": "yes",
          "ray.io/cluster": "raycluster-kuberay",
          "ray.io/node-type": "head",
          "ray.io/group": "headgroup",
          "ray.io/identifier": "raycluster-kuberay-head",
          "app.kubernetes.io/name": "kuberay",
          "app.kubernetes.io/created-by": "kuberay-operator",
        },
        annotations: {
          "ray.io/ft-enabled": "false",
          "ray.io/upgrade-strategy-recreate-hash": "HASH",
          "ray.io/kuberay-version": "nightly",
        },
      },
      spec: {
        containers: [
          {
            ...given,
            command: ["/bin/bash", "-c", "--"],
            args: [ulimit + start],
            env: [
              ...place,
              { name: "KUBERAY_GEN_RAY_START_CMD", value: start },
              { name: "RAY_PORT", value: "6379" },
              { name: "RAY_ADDRESS", value: "127.0.0.1:6379" },
              { name: "RAY_USAGE_STATS_KUBERAY_IN_USE", value: "1" },
              { name: "RAY_USAGE_STATS_EXTRA_TAGS", value: "kuberay_version=nightly;kuberay_crd=RayCluster" },
              { name: "RAY_DASHBOARD_ENABLE_K8S_DISK_USAGE", value: "1" },
            ],
            ports: [...(given?.ports ?? []), { name: "metrics", containerPort: 8080 }],
            volumeMounts: [{ name: "shared-mem", mountPath: "/dev/shm" }],
            ...probes(`${raylet} && ${gcs}`, 5),
          },
        ],
        volumes: [{ name: "shared-mem", emptyDir: { medium: "Memory", sizeLimit: "5Gi" } }],
      },
    });
  });

  test("worker pod", () => {
    const group = makeGroup();
    const start = `ray start  --address=${fqdn}:6379  --block  --dashboard-agent-listen-port=52365  --memory=1073741824  --metrics-export-port=8080  --num-cpus=1 `;
    const [given] = group.template.spec.containers as readonly [Container];
    const address = [
      { name: "FQ_RAY_IP", value: fqdn },
      { name: "RAY_IP", value: "raycluster-kuberay-head-svc" },
    ];
    const wait = waitForGcs({ container: given, fqdn, port: "6379", shell: ["/bin/bash", "-c", "--"], auth: [] });
    expect(desiredWorkerPod(context, group, { index: 0 })).toEqual({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        generateName: "raycluster-kuberay-workergroup-worker-",
        namespace: "default",
        ownerReferences: [owner],
        labels: {
          "ray.io/is-ray-node": "yes",
          "ray.io/cluster": "raycluster-kuberay",
          "ray.io/node-type": "worker",
          "ray.io/group": "workergroup",
          "ray.io/identifier": "raycluster-kuberay-worker",
          "app.kubernetes.io/name": "kuberay",
          "app.kubernetes.io/created-by": "kuberay-operator",
          "ray.io/worker-group-replica-index": "0",
        },
      },
      spec: {
        initContainers: [{ ...wait, env: address }],
        containers: [
          {
            ...given,
            command: ["/bin/bash", "-c", "--"],
            args: [ulimit + start],
            env: [
              ...address,
              ...place,
              { name: "KUBERAY_GEN_RAY_START_CMD", value: start },
              { name: "RAY_PORT", value: "6379" },
              { name: "RAY_ADDRESS", value: `${fqdn}:6379` },
              { name: "RAY_USAGE_STATS_KUBERAY_IN_USE", value: "1" },
              { name: "RAY_DASHBOARD_ENABLE_K8S_DISK_USAGE", value: "1" },
            ],
            ports: [{ name: "metrics", containerPort: 8080 }],
            volumeMounts: [{ name: "shared-mem", mountPath: "/dev/shm" }],
            ...probes(raylet, 2),
          },
        ],
        volumes: [{ name: "shared-mem", emptyDir: { medium: "Memory", sizeLimit: "1Gi" } }],
      },
    });
  });

  test("head Service: headless, without a serve port because the head lists its own", () => {
    const port = (name: string, number: number) => ({ name, port: number, appProtocol: "tcp" });
    const selector = {
      "ray.io/cluster": "raycluster-kuberay",
      "ray.io/node-type": "head",
      "ray.io/identifier": "raycluster-kuberay-head",
      "app.kubernetes.io/name": "kuberay",
      "app.kubernetes.io/created-by": "kuberay-operator",
    };
    expect(desiredHeadService(cluster, options)).toEqual({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "raycluster-kuberay-head-svc",
        namespace: "default",
        labels: selector,
        ownerReferences: [owner],
      },
      spec: {
        clusterIP: "None",
        publishNotReadyAddresses: true,
        selector,
        ports: [port("client", 10001), port("dashboard", 8265), port("gcs-server", 6379), port("metrics", 8080)],
      },
    });
  });
});

describe("the user's own command", () => {
  const rows: readonly (readonly [string, Partial<Container>, object, Partial<Container>])[] = [
    [
      "runs before Ray, its words each between spaces",
      { command: ["echo", "hi"], args: ["there"] },
      {},
      { command: ["/bin/bash", "-c", "--"], args: [` echo  hi  there  && ${ulimit}START`] },
    ],
    [
      "is left alone when it starts Ray itself",
      { command: ["bash", "-c", "ray start --head --block"] },
      {},
      { command: ["bash", "-c", "ray start --head --block"] },
    ],
    [
      "is left alone when the cluster says so",
      { command: ["sleep"], args: ["1"] },
      { annotations: { "ray.io/overwrite-container-cmd": "True" } },
      { command: ["sleep"], args: ["1"] },
    ],
  ];
  test.each(rows)("%s", (_, given, metadata, expected) => {
    const { command, args, env } = ray(headPod(withContainer(given), {}, metadata));
    const start = env?.find(({ name }) => name === "KUBERAY_GEN_RAY_START_CMD")?.value ?? "";
    expect({ command, ...(args && { args: args.map((arg) => arg.replace(start, "START")) }) }).toEqual(expected);
  });
});

describe("shared memory", () => {
  const rows: readonly (readonly [string, Partial<Container>, Record<string, string>, unknown])[] = [
    ["as large as the limit", {}, {}, [{ name: "shared-mem", emptyDir: { medium: "Memory", sizeLimit: "5Gi" } }]],
    [
      "as large as the request, without a limit",
      { resources: { requests: { memory: "2Gi" } } },
      {},
      [{ name: "shared-mem", emptyDir: { medium: "Memory", sizeLimit: "2Gi" } }],
    ],
    ["without a size, without both", { resources: {} }, {}, [{ name: "shared-mem", emptyDir: { medium: "Memory" } }]],
    ["not where the user mounts something", { volumeMounts: [{ name: "x", mountPath: "/dev/shm" }] }, {}, undefined],
    ["not where Ray is told another directory", {}, { "plasma-directory": "/tmp" }, undefined],
  ];
  test.each(rows)("%s", (_, given, rayStartParams, expected) => {
    expect(headPod({ ...withContainer(given), rayStartParams }).spec.volumes).toEqual(expected);
  });
});

describe("labels", () => {
  it("may be overridden but for those that tie the pod to its place", () => {
    const template = {
      ...headTemplate,
      metadata: { labels: { "ray.io/cluster": "other", "app.kubernetes.io/name": "mine", team: "a" } },
    };
    const { labels } = headPod({ template, labels: { team: "b", "ray.io/group": "other" } }).metadata;
    expect(labels).toMatchObject({
      "ray.io/cluster": "raycluster-kuberay",
      "ray.io/group": "headgroup",
      "app.kubernetes.io/name": "mine",
      team: "b",
    });
  });

  it("place a host in its replica", () => {
    const cluster = makeCluster({ workerGroupSpecs: [makeGroup({ numOfHosts: 2 })] });
    const pod = desiredWorkerPod(contextOf(cluster), makeGroup(), { index: 3, name: "workergroup-abcde", host: 1 });
    expect(pod.metadata.labels).toMatchObject({
      "ray.io/worker-group-replica-index": "3",
      "ray.io/worker-group-replica-name": "workergroup-abcde",
      "ray.io/replica-host-index": "1",
    });
  });
});

describe("autoscaling", () => {
  const pod = headPod(
    { template: headTemplate },
    { enableInTreeAutoscaling: true, autoscalerOptions: { version: "v2", env: [{ name: "A", value: "1" }] } },
  );

  it("adds the autoscaler after the head's containers, sharing its image and logs", () => {
    const [, autoscaler] = pod.spec.containers;
    expect(autoscaler).toMatchObject({
      name: "autoscaler",
      image: "rayproject/ray:2.52.0",
      imagePullPolicy: "IfNotPresent",
      command: ["/bin/bash", "-c", "--"],
      args: ["ray kuberay-autoscaler --cluster-name $(RAY_CLUSTER_NAME) --cluster-namespace $(RAY_CLUSTER_NAMESPACE)"],
      resources: { limits: { cpu: "500m", memory: "512Mi" }, requests: { cpu: "500m", memory: "512Mi" } },
      volumeMounts: [{ name: "ray-logs", mountPath: "/tmp/ray" }],
    });
    expect(autoscaler?.env?.map(({ name }) => name).join()).toBe(
      "RAY_CLUSTER_NAME,RAY_CLUSTER_NAMESPACE,RAY_HEAD_POD_NAME,KUBERAY_CRD_VER,KUBERAY_GEN_AUTOSCALER_START_CMD,A",
    );
  });

  it("gives the head the account, the monitor off, and never a restart under v2", () => {
    expect(pod.spec).toMatchObject({ serviceAccountName: "raycluster-kuberay", restartPolicy: "Never" });
    expect(ray(pod).args?.[0]).toContain(" --no-monitor ");
    expect(ray(pod).env?.[0]).toEqual({ name: "RAY_enable_autoscaler_v2", value: "true" });
    expect(ray(pod).volumeMounts).toContainEqual({ name: "ray-logs", mountPath: "/tmp/ray" });
  });
});

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

describe("probes", () => {
  const handlers = (pod: Pod) => {
    const { livenessProbe, readinessProbe } = ray(pod);
    return [livenessProbe, readinessProbe].map((probe) => probe?.httpGet ?? probe?.exec?.command?.[2]);
  };
  const unified = { path: "/api/healthz", port: 52365 };
  const service = { labels: { "ray.io/originated-from-crd": "RayService" } };
  const serving = "wget --tries 1 -T 10 -q -O- http://localhost:8000/-/healthz | grep success";
  const workerOf = (spec: Partial<RayCluster["spec"]>, metadata = {}) =>
    desiredWorkerPod(contextOf(makeCluster(spec, { metadata })), makeGroup(), { index: 0 });
  const own = { exec: { command: ["a", "b", "own"] } };

  test.each([
    ["one address since 2.53", headPod({ template: headTemplate }, { rayVersion: "2.53.0" }), [unified, unified]],
    ["the raylet's alone on old workers", workerOf({}), [raylet, raylet]],
    ["Ray's and Serve's on workers of a RayService", workerOf({}, service), [raylet, `${raylet} && ${serving}`]],
    [
      "Serve's too on newer workers of a RayService",
      workerOf({ rayVersion: "2.53.0" }, service),
      [unified, `${raylet} && ${serving}`],
    ],
    ["the user's own", headPod(withContainer({ livenessProbe: own })), ["own", `${raylet} && ${gcs}`]],
    [
      "on the ports that Ray is told",
      headPod({
        template: headTemplate,
        rayStartParams: { "dashboard-agent-listen-port": "1", "dashboard-port": "2" },
      }),
      Array(2).fill(`${raylet.replace("52365", "1")} && ${gcs.replace("8265", "2")}`),
    ],
  ])("%s", (_, pod, expected) => {
    expect(handlers(pod)).toEqual(expected);
  });

  it("are left out when the operator is told so", () => {
    const context = contextOf(makeCluster(), { options: { ...options, probesInjection: false } });
    expect(ray(desiredHeadPod(context))).not.toHaveProperty("livenessProbe");
  });
});
