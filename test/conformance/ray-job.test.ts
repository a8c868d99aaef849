/** RayJobs over the wire, on the embedded API server and on a real one; Ray says what the test wants. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Service as ServiceKind } from "../../src/api/core/kinds.ts";
import type { Service } from "../../src/api/core/service.ts";
import { JobSubject, type RayJobBench, startRayJobBench } from "./ray-job-bench.ts";
import { eventually } from "../../src/testing/eventually.ts";

let bench: RayJobBench;
beforeAll(async () => {
  bench = await startRayJobBench("rayjob");
});
afterAll(() => bench?.stop());

describe("K8sJobMode", () => {
  test("a job runs to its end, with at most 16 writes for it, its cluster and 3 pods", async () => {
    bench.asked.reset();
    const subject = new JobSubject(bench, "plain");
    await subject.create();
    const running = await subject.runs();
    expect(running.metadata.finalizers).toEqual(["ray.io/rayjob-finalizer"]);
    expect(running.spec).toMatchObject({ submissionMode: "K8sJobMode", backoffLimit: 0, ttlSecondsAfterFinished: 0 });
    const cluster = running.status?.rayClusterName;
    expect(running.status).toMatchObject({
      jobId: expect.stringMatching(/^plain-[a-z0-9]{5}$/) as string,
      rayClusterName: expect.stringMatching(/^plain-[a-z0-9]{5}$/) as string,
      dashboardURL: `${cluster}-head-svc.${bench.namespace}.svc.cluster.local:8265`,
      rayClusterStatus: { state: "ready" },
    });
    subject.says(running, "RUNNING");
    const ref = { kind: ServiceKind, namespace: bench.namespace, name: "plain-head-svc" };
    const service = await eventually(() => bench.client.get<Service>(ref), "the head has the job's name");
    expect(service.spec.selector).toMatchObject({ "ray.io/cluster": cluster, "ray.io/node-type": "head" });
    subject.says(running, "SUCCEEDED");
    await subject.endSubmitter();
    const { status } = await subject.is("Complete");
    expect(status).toMatchObject({ jobStatus: "SUCCEEDED", message: "it is SUCCEEDED", succeeded: 1, failed: 0 });
    expect(status?.endTime).toBeDefined();
    expect(bench.asked.writes({ events: false }).length).toBeLessThanOrEqual(16);
    for (const reason of ["CreatedRayCluster", "CreatedRayJobSubmitter", "CreatedService"]) await subject.told(reason);
    expect(await (await subject.cluster()).get()).toBeDefined();
  });

  test("a job that fails is tried again in another cluster, as often as allowed", async () => {
    const subject = new JobSubject(bench, "again");
    await subject.create({ backoffLimit: 1 });
    const first = await subject.runs();
    subject.says(first, "FAILED");
    await subject.endSubmitter(1);
    const second = await subject.runs(first.status?.rayClusterName);
    expect(second.status?.jobId).not.toBe(first.status?.jobId);
    expect(second.status).toMatchObject({ failed: 1, succeeded: 0 });
    subject.says(second, "FAILED");
    await subject.endSubmitter(1);
    const { status } = await subject.is("Failed");
    expect(status).toMatchObject({ jobStatus: "FAILED", reason: "AppFailed", failed: 2, message: "it is FAILED" });
  });

  test("a submitter that fails before Ray knows the job is a failed submission", async () => {
    const subject = new JobSubject(bench, "unsent");
    await subject.create();
    await subject.runs();
    await subject.endSubmitter(1);
    const { status } = await subject.is("Failed");
    expect(status).toMatchObject({ reason: "SubmissionFailed", failed: 1 });
    expect(status?.message).toMatch(/^Job submission has failed\. Reason: BackoffLimitExceeded\./);
  });

  test("a submitter that is deleted comes back", async () => {
    const subject = new JobSubject(bench, "lost");
    await subject.create();
    subject.says(await subject.runs(), "RUNNING");
    const before = await subject.submitter();
    await bench.client.delete(
      { ...subject.ref, kind: { ...subject.ref.kind, group: "batch", version: "v1", kind: "Job", resource: "jobs" } },
      { propagationPolicy: "Background" },
    );
    const after = await eventually(async () => {
      const job = await subject.submitter();
      return job && job.metadata.uid !== before?.metadata.uid && job;
    }, "there is another submitter");
    expect(after.metadata.deletionTimestamp).toBeUndefined();
  });

  test("a head that never answers delays no other job", async () => {
    const stuck = new JobSubject(bench, "stuck");
    await stuck.create();
    const cluster = await stuck.cluster();
    bench.ray.silent.add(`${cluster.name}-head-svc`);
    await stuck.runs();
    const other = new JobSubject(bench, "lively");
    await other.create();
    other.says(await other.runs(), "SUCCEEDED");
    await other.endSubmitter();
    await other.is("Complete");
    expect((await stuck.get())?.status?.jobDeploymentStatus).toBe("Running");
  });
});

describe("life cycle", () => {
  test("what breaks a rule is told, and starts once it is mended", async () => {
    const subject = new JobSubject(bench, "broken");
    await subject.create({ backoffLimit: -1 });
    const { status } = await subject.is("ValidationFailed");
    expect(status).toMatchObject({ reason: "ValidationFailed", message: "backoffLimit must not be negative" });
    await subject.told("InvalidRayJobSpec");
    await subject.patch({ backoffLimit: 0 });
    const mended = await subject.runs();
    expect(mended.status?.reason).toBeUndefined();
  });

  test("suspending takes the cluster and the submitter away, resuming begins anew", async () => {
    const subject = new JobSubject(bench, "paused");
    await subject.create({ shutdownAfterJobFinishes: true });
    const first = await subject.runs();
    const cluster = await subject.cluster();
    await subject.patch({ suspend: true });
    await eventually(async () => {
      await cluster.reap();
      return (await subject.get())?.status?.jobDeploymentStatus === "Suspended";
    }, "it is suspended");
    expect(await subject.submitter()).toBeUndefined();
    expect(await cluster.get()).toBeUndefined();
    await subject.patch({ suspend: false });
    const second = await subject.runs(first.status?.rayClusterName);
    expect(second.status?.jobId).not.toBe(first.status?.jobId);
  });

  test("a finished job lets its cluster go and keeps its submitter", async () => {
    const subject = new JobSubject(bench, "tidy");
    await subject.create({ shutdownAfterJobFinishes: true });
    const running = await subject.runs();
    const cluster = await subject.cluster();
    subject.says(running, "SUCCEEDED");
    await subject.endSubmitter();
    await subject.is("Complete");
    await eventually(async () => (await cluster.get()) === undefined, "the cluster is gone");
    expect(await subject.submitter()).toBeDefined();
  });

  test("a job deleted while it runs is stopped in Ray, and goes with all it made", async () => {
    const subject = new JobSubject(bench, "deleted");
    await subject.create();
    const running = await subject.runs();
    const cluster = await subject.cluster();
    await bench.client.delete(subject.ref);
    await subject.isGone();
    expect(bench.ray.stopped).toContain(running.status?.jobId);
    await eventually(async () => {
      await cluster.reap();
      return (await cluster.get()) === undefined && (await subject.submitter()) === undefined;
    }, "its cluster and its submitter are gone");
  });

  test("a job of somebody else's controller is left alone", async () => {
    const subject = new JobSubject(bench, "foreign");
    await subject.create({ managedBy: "kueue.x-k8s.io/multikueue" });
    const other = new JobSubject(bench, "ours");
    await other.create();
    await other.cluster();
    const { metadata, status } = (await subject.get()) ?? {};
    expect({ finalizers: metadata?.finalizers, status }).toEqual({ finalizers: undefined, status: undefined });
  });
});

describe("other modes", () => {
  test("HTTPMode submits by itself, once", async () => {
    const subject = new JobSubject(bench, "http");
    await subject.create({ submissionMode: "HTTPMode", runtimeEnvYAML: "env_vars: {A: b}" });
    const { status } = await subject.runs();
    const isSent = () => bench.ray.submitted.filter(({ submission_id }) => submission_id === status?.jobId);
    const [request] = await eventually(async () => isSent().length > 0 && isSent(), "it is submitted");
    expect(request).toMatchObject({ entrypoint: "python main.py", runtime_env: { env_vars: { A: "b" } } });
    const pending = await subject.until("is pending", (job) => job.status?.jobStatus === "PENDING");
    subject.says(pending, "SUCCEEDED");
    await subject.is("Complete");
    expect(isSent()).toHaveLength(1);
    expect(await subject.submitter()).toBeUndefined();
  });

  test("InteractiveMode waits for the id of a submission", async () => {
    const subject = new JobSubject(bench, "hand");
    await subject.create({ submissionMode: "InteractiveMode" });
    const cluster = await subject.cluster();
    await cluster.has("head", "0", "1");
    await cluster.run();
    const waiting = await subject.is("Waiting");
    expect(waiting.status?.jobId).toBeUndefined();
    bench.ray.jobs.set("by-hand", "SUCCEEDED");
    await subject.patch({ jobId: "by-hand" });
    const { status } = await subject.is("Complete");
    expect(status?.jobId).toBe("by-hand");
  });

  test("SidecarMode ends with the container beside the head", async () => {
    const subject = new JobSubject(bench, "side");
    await subject.create({ submissionMode: "SidecarMode" });
    const running = await subject.runs();
    const cluster = await subject.cluster();
    const head = await cluster.head();
    expect(head.spec.containers.map(({ name }) => name)).toEqual(["ray-head", "ray-job-submitter"]);
    subject.says(running, "SUCCEEDED");
    const terminated = { exitCode: 0, finishedAt: "2026-01-01T00:00:00Z" };
    const ended = {
      name: "ray-job-submitter",
      image: "",
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { terminated },
    };
    await cluster.setPod(head, { ...head.status, containerStatuses: [ended] });
    await subject.is("Complete");
    expect(await subject.submitter()).toBeUndefined();
  });

  test("a chosen cluster is used, and stays", async () => {
    const owner = new JobSubject(bench, "host");
    await owner.create();
    await owner.runs();
    const cluster = await owner.cluster();
    const subject = new JobSubject(bench, "guest");
    const clusterSelector = { "ray.io/cluster": cluster.name };
    await subject.create({ clusterSelector, rayClusterSpec: undefined, shutdownAfterJobFinishes: true });
    const running = await subject.is("Running");
    expect(running.status?.rayClusterName).toBe(cluster.name);
    subject.says(running, "SUCCEEDED");
    await subject.endSubmitter();
    await subject.is("Complete");
    expect((await cluster.get())?.metadata.deletionTimestamp).toBeUndefined();
  });
});
