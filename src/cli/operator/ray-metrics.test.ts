import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { conditions } from "../../api/ray/labels.ts";
import { makeJob } from "../../api/ray/samples.test-support.ts";
import type { RayJob } from "../../api/ray/types.ts";
import { makeCluster } from "../../controllers/raycluster/sample.test-support.ts";
import { ObjectStore } from "../../kube/store.ts";
import { gaugeRayClusters, gaugeRayJobs } from "./ray-metrics.ts";

/** The lines of `/metrics` that are samples. */
const samples = async (registry: Registry) =>
  (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));

it("RayClusters are told as they are now, with the time until their pods ran", async () => {
  const registry = new Registry();
  const store = new ObjectStore();
  await gaugeRayClusters(store, registry);
  const metadata = { creationTimestamp: "2026-01-01T00:00:00Z", labels: { "ray.io/originated-from-crd": "RayJob" } };
  store.upsert(makeCluster({}, { metadata: { ...metadata, resourceVersion: "1" } }));
  const identity = 'name="raycluster-kuberay",namespace="default",uid="u1"';
  expect(await samples(registry)).toEqual([
    `kuberay_cluster_info{${identity},owner_kind="RayJob"} 1`,
    `kuberay_cluster_condition_provisioned{${identity},condition="false"} 1`,
  ]);
  const provisioned = {
    type: conditions.provisioned,
    status: "True",
    reason: "AllPodRunningAndReadyFirstTime",
  } as const;
  const status = { conditions: [{ ...provisioned, message: "", lastTransitionTime: "2026-01-01T00:00:07Z" }] };
  store.upsert(makeCluster({}, { metadata: { ...metadata, labels: {}, resourceVersion: "2" }, status }));
  expect(await samples(registry)).toEqual([
    `kuberay_cluster_info{${identity},owner_kind="None"} 1`,
    `kuberay_cluster_condition_provisioned{${identity},condition="true"} 1`,
    `kuberay_cluster_provisioned_duration_seconds{${identity}} 7`,
  ]);
});

it("RayJobs are told with each attempt that ended, and forgotten when they are deleted", async () => {
  const registry = new Registry();
  const store = new ObjectStore();
  await gaugeRayJobs(store, registry);
  const at = (resourceVersion: string, status: RayJob["status"]) => makeJob({}, status, { resourceVersion });
  const startTime = "2026-01-01T00:00:00Z";
  const running = { startTime, failed: 1, jobDeploymentStatus: "Running" } as const;
  store.upsert(at("1", running));
  const done = { ...running, jobDeploymentStatus: "Complete", endTime: "2026-01-01T00:01:30Z" } as const;
  store.upsert(at("2", done));
  store.upsert(at("3", { ...done, succeeded: 1 }));
  const identity = 'name="sample",namespace="default",uid="job-uid"';
  expect(await samples(registry)).toEqual([
    `kuberay_job_info{${identity}} 1`,
    `kuberay_job_deployment_status{${identity},deployment_status="Complete"} 1`,
    `kuberay_job_execution_duration_seconds{${identity},job_deployment_status="Complete",retry_count="1"} 90`,
  ]);
  store.remove(at("3", done));
  expect(await samples(registry)).toEqual([]);
});

it("an end that was there before the operator is no attempt of its time", async () => {
  const registry = new Registry();
  const store = new ObjectStore();
  await gaugeRayJobs(store, registry);
  const status = { startTime: "2026-01-01T00:00:00Z", jobDeploymentStatus: "Failed" } as const;
  store.upsert(makeJob({}, status, { resourceVersion: "1" }));
  expect((await samples(registry)).filter((line) => line.includes("duration"))).toEqual([]);
});
