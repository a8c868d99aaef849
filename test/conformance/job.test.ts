/** batch/v1 Jobs as Kubernetes runs them; the same rows hold on a real control plane. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Job } from "../../src/api/batch/job.ts";
import { Event as EventKind, Pod as PodKind } from "../../src/api/core/kinds.ts";
import type { UnknownObject } from "../../src/meta/object.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type Bench, find, indexOf, JobBench, startBench } from "./workloads-bench.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench("job");
});
afterAll(() => bench?.stop());

const tracking = "batch.kubernetes.io/job-tracking";
const messageOf = (job: Job, type: string) => job.status?.conditions?.find((c) => c.type === type)?.message;
const reasonOf = (job: Job, type: string) => job.status?.conditions?.find((c) => c.type === type)?.reason;

it("runs to completion, counting ready, succeeded and terminating", async () => {
  const job = new JobBench(bench, "plain");
  const created = await job.create({ completions: 3, parallelism: 2 });
  expect(created.spec.selector?.matchLabels).toEqual({ "batch.kubernetes.io/controller-uid": created.metadata.uid });
  const [first, second] = await job.live(2);
  if (!first || !second) throw new Error("no pods");
  expect(first.metadata).toMatchObject({
    finalizers: [tracking],
    labels: {
      "batch.kubernetes.io/controller-uid": created.metadata.uid,
      "batch.kubernetes.io/job-name": "plain",
      "controller-uid": created.metadata.uid,
      "job-name": "plain",
    },
    ownerReferences: [{ kind: "Job", name: "plain", controller: true, blockOwnerDeletion: true }],
  });
  expect(first.metadata.name).toMatch(/^plain-[a-z0-9]{5}$/);
  await job.run(first);
  await job.status({ active: 2, ready: 1, terminating: 0 });
  await job.end(first);
  await job.end(second);
  const [third] = await job.live(1);
  await job.status({ active: 1, succeeded: 2 });
  if (third) await job.end(third);
  const done = await job.condition("Complete");
  expect(done.status).toMatchObject({ succeeded: 3, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
  expect(done.status?.completionTime).toBeDefined();
  expect([reasonOf(done, "SuccessCriteriaMet"), reasonOf(done, "Complete")]).toEqual([
    "CompletionsReached",
    "CompletionsReached",
  ]);
  await eventually(
    async () => (await job.pods()).every(({ metadata }) => !metadata.finalizers?.includes(tracking)),
    "no pod is tracked any more",
  );
});

it("publishes Kubernetes' events", async () => {
  const job = new JobBench(bench, "events");
  await job.create({ completions: 1 });
  const [pod] = await job.live(1);
  if (pod) await job.end(pod);
  await job.condition("Complete");
  const notes = await eventually(async () => {
    const { items } = await bench.client.list(EventKind, { namespace: bench.namespace });
    const own = items.filter((event: UnknownObject) => (event["regarding"] as { name?: string }).name === "events");
    return own.length >= 2 && own.map((event) => `${event["reason"]}: ${event["note"]}`).sort();
  }, "both events are there");
  expect(notes).toEqual(["Completed: Job completed", `SuccessfulCreate: Created pod: ${pod?.metadata.name}`]);
});

it("gives every index its pod, and completes when each has succeeded once", async () => {
  const job = new JobBench(bench, "indexed");
  await job.create({ completionMode: "Indexed", completions: 3, parallelism: 3 });
  const pods = await job.live(3);
  expect(pods.map(indexOf)).toEqual(["0", "1", "2"]);
  expect(pods.map((pod) => pod.spec.hostname)).toEqual(["indexed-0", "indexed-1", "indexed-2"]);
  expect(pods[1]?.metadata.labels?.["batch.kubernetes.io/job-completion-index"]).toBe("1");
  expect(pods[1]?.spec.containers[0]?.env?.[0]).toEqual({
    name: "JOB_COMPLETION_INDEX",
    valueFrom: {
      fieldRef: { apiVersion: "v1", fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" },
    },
  });
  if (pods[0] && pods[2]) await Promise.all([job.end(pods[0]), job.end(pods[2])]);
  await job.status({ active: 1, succeeded: 2, completedIndexes: "0,2" });
  if (pods[1]) await job.end(pods[1]);
  expect((await job.condition("Complete")).status).toMatchObject({ completedIndexes: "0-2", succeeded: 3 });
});

it("fails past backoffLimit: FailureTarget, the others deleted, then Failed", async () => {
  const job = new JobBench(bench, "limit");
  await job.create({ completions: 2, parallelism: 2, backoffLimit: 0 });
  const [pod] = await job.live(2);
  if (pod) await job.end(pod, 1);
  const failed = await job.condition("Failed");
  expect([reasonOf(failed, "FailureTarget"), reasonOf(failed, "Failed")]).toEqual([
    "BackoffLimitExceeded",
    "BackoffLimitExceeded",
  ]);
  expect(messageOf(failed, "Failed")).toBe("Job has reached the specified backoff limit");
  expect(failed.status).toMatchObject({ failed: 2, ready: 0, terminating: 0 });
  await job.live(0);
});

it("waits with Failed for pods that terminate", async () => {
  const job = new JobBench(bench, "graceful");
  const podSpec = {
    nodeName: "no-such-node",
    restartPolicy: "Never",
    containers: [{ name: "main", image: "none" }],
  } as const;
  await job.create({ completions: 2, parallelism: 2, backoffLimit: 0, template: { spec: podSpec } });
  const [ends, lives] = await job.live(2);
  if (!ends || !lives) throw new Error("no pods");
  await job.run(lives);
  await job.end(ends, 1);
  const waiting = await job.condition("FailureTarget");
  expect(reasonOf(waiting, "Failed")).toBeUndefined();
  await job.status({ terminating: 1 });
  await job.end(lives, 143);
  const failed = await job.condition("Failed");
  expect(failed.status).toMatchObject({ failed: 2, terminating: 0 });
});

it("suspends by deleting its pods, and resumes with a new start time", async () => {
  const job = new JobBench(bench, "suspend");
  await job.create({ completions: 2, parallelism: 2 });
  await job.live(2);
  await job.patch({ suspend: true });
  const suspended = await job.condition("Suspended");
  expect([reasonOf(suspended, "Suspended"), messageOf(suspended, "Suspended")]).toEqual([
    "JobSuspended",
    "Job suspended",
  ]);
  await eventually(async () => (await job.pods()).length === 0, "its pods are gone");
  await job.status({ active: 0, failed: 0 });
  await job.patch({ suspend: false });
  await job.live(2);
  const resumed = await eventually(async () => {
    const now = await job.get();
    return reasonOf(now, "Suspended") === "JobResumed" && now;
  }, "it is resumed");
  expect(resumed.status?.startTime).toBeDefined();
  expect(messageOf(resumed, "Suspended")).toBe("Job resumed");
});

it("fails at activeDeadlineSeconds", async () => {
  const job = new JobBench(bench, "deadline");
  await job.create({ completions: 1, activeDeadlineSeconds: 1 });
  const failed = await job.condition("Failed");
  expect(reasonOf(failed, "Failed")).toBe("DeadlineExceeded");
  expect(messageOf(failed, "Failed")).toBe("Job was active longer than specified deadline");
});

it("podFailurePolicy FailJob names the container, the code and the rule", async () => {
  const job = new JobBench(bench, "policy");
  await job.create({
    completions: 1,
    podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }] },
  });
  const [pod] = await job.live(1);
  if (pod) await job.end(pod, 42);
  const failed = await job.condition("Failed");
  expect(reasonOf(failed, "Failed")).toBe("PodFailurePolicy");
  expect(messageOf(failed, "Failed")).toBe(
    `Container main for pod ${bench.namespace}/${pod?.metadata.name} failed with exit code 42 matching FailJob rule at index 0`,
  );
});

it("backoffLimitPerIndex fails one index and lets the others end", async () => {
  const job = new JobBench(bench, "per-index");
  await job.create({ completionMode: "Indexed", completions: 2, parallelism: 2, backoffLimitPerIndex: 0 });
  const [zero, one] = await job.live(2);
  if (!zero || !one) throw new Error("no pods");
  expect(zero.metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"]).toBe("0");
  await job.end(zero, 1);
  await job.status({ failedIndexes: "0", failed: 1, active: 1 });
  await job.end(one);
  const failed = await job.condition("Failed");
  expect(reasonOf(failed, "Failed")).toBe("FailedIndexes");
  expect(failed.status).toMatchObject({ completedIndexes: "1", failedIndexes: "0", succeeded: 1, failed: 1 });
});

it("successPolicy completes the Job and deletes the rest", async () => {
  const job = new JobBench(bench, "success");
  await job.create({
    completionMode: "Indexed",
    completions: 3,
    parallelism: 3,
    successPolicy: { rules: [{ succeededIndexes: "1" }] },
  });
  const pods = await job.live(3);
  if (pods[1]) await job.end(pods[1]);
  const done = await job.condition("Complete");
  expect([reasonOf(done, "SuccessCriteriaMet"), reasonOf(done, "Complete")]).toEqual([
    "SuccessPolicy",
    "SuccessPolicy",
  ]);
  expect(messageOf(done, "SuccessCriteriaMet")).toBe("Matched rules at index 0");
  expect(done.status).toMatchObject({ completedIndexes: "1", succeeded: 1 });
  await job.live(0);
});

it("ttlSecondsAfterFinished removes the Job and its pods", async () => {
  const job = new JobBench(bench, "ttl");
  await job.create({ completions: 1, ttlSecondsAfterFinished: 0 });
  const [pod] = await job.live(1);
  if (pod) await job.end(pod);
  await eventually(async () => (await find(bench.client, job.ref)) === undefined, "the Job is gone");
  await eventually(async () => (await job.pods()).length === 0, "its pods are gone");
});

for (const propagationPolicy of ["Background", "Foreground"] as const) {
  it(`deleting a Job deletes its pods: ${propagationPolicy}`, async () => {
    const job = new JobBench(bench, `delete-${propagationPolicy.toLowerCase()}`);
    await job.create({ completions: 2, parallelism: 2 });
    await job.live(2);
    await bench.client.delete(job.ref, { propagationPolicy });
    await eventually(async () => (await job.pods()).length === 0, "its pods are gone");
    await eventually(async () => (await find(bench.client, job.ref)) === undefined, "the Job is gone");
  });
}

it("deleting a Job with Orphan leaves its pods, untracked and unowned", async () => {
  const job = new JobBench(bench, "orphan");
  await job.create({ completions: 1 });
  const [pod] = await job.live(1);
  await bench.client.delete(job.ref, { propagationPolicy: "Orphan" });
  await eventually(async () => (await find(bench.client, job.ref)) === undefined, "the Job is gone");
  const ref = { kind: PodKind, namespace: bench.namespace, name: pod?.metadata.name ?? "" };
  const left = await eventually(async () => {
    const found = await bench.client.get(ref);
    return !found.metadata.finalizers?.includes(tracking) && found;
  }, "the pod is let go");
  expect(left.metadata.ownerReferences ?? []).toEqual([]);
  expect(left.metadata.deletionTimestamp).toBeUndefined();
});
