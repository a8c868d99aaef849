/** The pods and the Service of KubeRay's sample cluster, whole. */
import { describe, expect, test } from "vitest";
import type { Container } from "../../../api/core/pod.ts";
import { desiredHeadService } from "../children/services.ts";
import { contextOf, headTemplate, makeCluster, makeGroup, options } from "../model.test-support.ts";
import { gcs, raylet, ulimit } from "./commands.test-support.ts";
import { waitForGcs } from "./init-container.ts";
import { desiredHeadPod, desiredWorkerPod } from "./ray-pod.ts";

const owner = {
  apiVersion: "ray.io/v1",
  kind: "RayCluster",
  name: "raycluster-kuberay",
  uid: "u1",
  controller: true,
  blockOwnerDeletion: true,
};
const fieldRef = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const fqdn = "raycluster-kuberay-head-svc.default.svc.cluster.local";

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
