/** What single settings change in a pod: its command, shared memory, labels and the autoscaler. */
import { describe, expect, it, test } from "vitest";
import type { Container } from "../../../api/core/pod.ts";
import { contextOf, headPod, headTemplate, makeCluster, makeGroup, ray, withContainer } from "../model.test-support.ts";
import { ulimit } from "./commands.test-support.ts";
import { desiredWorkerPod } from "./ray-pod.ts";

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
