import { expect, it } from "vitest";
import { makeJob } from "../../api/ray/samples.test-support.ts";
import type { RayJob } from "../../api/ray/types.ts";
import { ObjectStore } from "../../kube/store.ts";
import { rootSamples } from "../../testing/root-samples.ts";
import { metrics } from "./metrics.ts";

it("RayJobs are told with each attempt that ended, and forgotten when they are deleted", async () => {
  const store = new ObjectStore();
  const samples = rootSamples(metrics, store);
  const at = (resourceVersion: string, status: RayJob["status"]) => makeJob({}, status, { resourceVersion });
  const startTime = "2026-01-01T00:00:00Z";
  const running = { startTime, failed: 1, jobDeploymentStatus: "Running" } as const;
  store.upsert(at("1", running));
  const done = { ...running, jobDeploymentStatus: "Complete", endTime: "2026-01-01T00:01:30Z" } as const;
  store.upsert(at("2", done));
  store.upsert(at("3", { ...done, succeeded: 1 }));
  const identity = 'name="sample",namespace="default",uid="job-uid"';
  expect(await samples()).toEqual([
    `kuberay_job_info{${identity}} 1`,
    `kuberay_job_deployment_status{${identity},deployment_status="Complete"} 1`,
    `kuberay_job_execution_duration_seconds{${identity},job_deployment_status="Complete",retry_count="1"} 90`,
  ]);
  store.remove(at("3", done));
  expect(await samples()).toEqual([]);
});

it("an attempt that is repeated ends now", async () => {
  const store = new ObjectStore();
  const samples = rootSamples(metrics, store, "2026-01-01T00:00:12Z");
  const running = { startTime: "2026-01-01T00:00:00Z", jobDeploymentStatus: "Running" } as const;
  store.upsert(makeJob({}, running, { resourceVersion: "1" }));
  store.upsert(makeJob({}, { ...running, jobDeploymentStatus: "Retrying", failed: 1 }, { resourceVersion: "2" }));
  const labels = 'name="sample",namespace="default",uid="job-uid",job_deployment_status="Retrying",retry_count="0"';
  expect(await samples()).toContain(`kuberay_job_execution_duration_seconds{${labels}} 12`);
});

it("an end that was there before the operator is no attempt of its time", async () => {
  const store = new ObjectStore();
  const samples = rootSamples(metrics, store);
  const status = { startTime: "2026-01-01T00:00:00Z", jobDeploymentStatus: "Failed" } as const;
  store.upsert(makeJob({}, status, { resourceVersion: "1" }));
  expect((await samples()).filter((line) => line.includes("duration"))).toEqual([]);
});
