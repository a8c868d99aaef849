/** What the definitions of ray.io default, keep, prune and refuse, on the embedded API server and on a real one. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RayCluster as RayClusterKind, RayCronJob, RayJob as RayJobKind } from "../../src/api/ray/kinds.ts";
import type { RayCluster, RayClusterSpec, RayJob, RayJobSpec } from "../../src/api/ray/types.ts";
import { installRay, spec } from "./ray-cluster-bench.ts";
import { type Bench, startBench } from "./workloads-bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench("ray-crd");
  await installRay(bench.client);
});
afterAll(() => bench.stop());

const metadata = () => ({ generateName: "x-", namespace: bench.namespace });
const createCluster = (of: unknown) =>
  bench.client.create<RayCluster>(RayClusterKind, {
    apiVersion: "ray.io/v1",
    kind: "RayCluster",
    metadata: metadata(),
    spec: of as RayClusterSpec,
  });
const createJob = (of: unknown) =>
  bench.client.create<RayJob>(RayJobKind, {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata: metadata(),
    spec: of as RayJobSpec,
  });

describe("a RayCluster", () => {
  test("gets the defaults of its groups", async () => {
    const template = { spec: { containers: [{ name: "ray" }] } };
    const { spec: made } = await createCluster({
      headGroupSpec: { template },
      workerGroupSpecs: [{ groupName: "a", template }],
      networkPolicy: {},
    });
    expect(made).toEqual({
      headGroupSpec: { template },
      networkPolicy: { mode: "DenyAll" },
      workerGroupSpecs: [
        {
          groupName: "a",
          template,
          replicas: 0,
          minReplicas: 0,
          maxReplicas: 2_147_483_647,
          numOfHosts: 1,
          priority: 0,
        },
      ],
    });
  });

  test("keeps all of a pod, newer fields too, and of its metadata what templates have", async () => {
    const pod = {
      someNewField: { deep: [1] },
      containers: [
        {
          name: "ray",
          env: [{ name: "A", valueFrom: { fileKeyRef: { key: "k" } } }],
          resources: { limits: { cpu: 1, memory: "1Gi" }, claims: [{ name: "gpu" }] },
          livenessProbe: { grpc: { port: 1 } },
          newInContainers: true,
        },
      ],
      volumes: [{ name: "v", image: { reference: "r" } }],
    };
    const template = { metadata: { labels: { a: "b" }, creationTimestamp: null, generation: 3 }, spec: pod };
    const { spec: made } = await createCluster({ headGroupSpec: { template } });
    expect(made.headGroupSpec.template).toEqual({ metadata: { labels: { a: "b" } }, spec: pod });
  });

  test("loses what no version knows", async () => {
    const made = await createCluster({
      ...spec(),
      workerGroupSpec: [],
      headGroupSpec: { ...spec().headGroupSpec, x: 1 },
    });
    expect(Object.keys(made.spec).toSorted()).toEqual(["headGroupSpec", "rayVersion", "workerGroupSpecs"]);
    expect(made.spec.headGroupSpec).not.toHaveProperty("x");
  });

  test("warns who asks for v1alpha1", async () => {
    const path = `/apis/ray.io/v1alpha1/namespaces/${bench.namespace}/rayclusters`;
    const { status, warnings } = await bench.client.transport.request({ method: "GET", path });
    expect([status, warnings]).toEqual([
      200,
      [
        "ray.io/v1alpha1 RayCluster is deprecated; use ray.io/v1 RayCluster. v1alpha1 receives no new fields and will be unavailable in KubeRay 1.9.",
      ],
    ]);
  });
});

describe("a RayJob", () => {
  test("gets its defaults, and numbers may have fractions", async () => {
    const { spec: made } = await createJob({ entrypoint: "true", entrypointNumCpus: 0.5 });
    expect(made).toEqual({
      entrypoint: "true",
      entrypointNumCpus: 0.5,
      submissionMode: "K8sJobMode",
      backoffLimit: 0,
      ttlSecondsAfterFinished: 0,
    });
  });

  const rule = (condition: object) => ({ policy: "DeleteCluster", condition });
  const both = { onSuccess: { policy: "DeleteNone" }, onFailure: { policy: "DeleteNone" } };
  test.each([
    [
      "both forms of a deletion strategy",
      { ...both, deletionRules: [rule({ jobStatus: "FAILED" })] },
      "cannot be used together within the same deletionStrategy",
    ],
    ["half of the older form", { onSuccess: both.onSuccess }, "requires either BOTH onSuccess and onFailure"],
    ["a strategy without rules", { deletionRules: [] }, "should have at least 1 items"],
    ["a rule without a condition", { deletionRules: [rule({})] }, "requires either the JobStatus or the"],
    [
      "a rule with two conditions",
      { deletionRules: [rule({ jobStatus: "FAILED", jobDeploymentStatus: "Failed" })] },
      "cannot be used together within the same deletion condition",
    ],
    [
      "a negative time",
      { deletionRules: [rule({ jobStatus: "FAILED", ttlSeconds: -1 })] },
      "greater than or equal to 0",
    ],
    ["an unknown policy", { onSuccess: { policy: "DeleteAll" }, onFailure: both.onFailure }, "Unsupported value"],
  ])("with %s is refused", async (_, deletionStrategy, message) => {
    await expect(createJob({ entrypoint: "true", deletionStrategy })).rejects.toThrow(message);
  });

  test("with a deadline of no time is refused", async () => {
    await expect(createJob({ preRunningDeadlineSeconds: 0 })).rejects.toThrow("greater than or equal to 1");
  });
});

test("a RayCronJob needs a schedule and a template", async () => {
  const object = { apiVersion: "ray.io/v1", kind: "RayCronJob", metadata: metadata(), spec: { timeZone: "" } };
  const refused = expect(bench.client.create(RayCronJob, object)).rejects;
  await refused.toThrow(/spec\.(schedule|jobTemplate): Required value/);
});
