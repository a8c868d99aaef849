import { expect, it } from "vitest";
import type { JobSpec } from "../../../api/batch/job.ts";
import { checkedPlan } from "../../../testing/checked-plan.ts";
import { jobController } from "./controller.ts";
import { JobModel } from "./model.test-support.ts";
import { planJob } from "./plan.ts";
import { indexOf, isTracked } from "./pods.ts";

interface Row {
  readonly spec: Partial<JobSpec>;
  readonly story: (model: JobModel) => void;
}

const indexed = { completionMode: "Indexed" } as const;

const rows: Record<string, Row> = {
  "one pod runs to success: one status write at each change, and nothing left to do": {
    spec: { completions: 1 },
    story(model) {
      model.settle();
      expect(model.job.status).toEqual({
        active: 1,
        ready: 0,
        terminating: 0,
        startTime: "2026-01-01T00:00:00Z",
        uncountedTerminatedPods: {},
      });
      model.run();
      model.settle();
      expect(model.job.status?.ready).toBe(1);
      model.end("Succeeded");
      model.settle();
      expect(model.job.status).toMatchObject({ succeeded: 1, ready: 0, completionTime: "2026-01-01T00:00:00Z" });
      expect(model.reason("SuccessCriteriaMet")).toBe("CompletionsReached");
      expect(model.reason("Complete")).toBe("CompletionsReached");
      expect(model.events).toEqual(["SuccessfulCreate", "Completed"]);
      expect(model.pods.some(isTracked)).toBe(false);
      expect(model.statusWrites).toBe(3);
      expect(planned(model)).toEqual({ apply: [], remove: [], events: [] });
    },
  },
  "completions above parallelism are worked off in turn and counted once each": {
    spec: { completions: 5, parallelism: 2 },
    story(model) {
      for (let done = 0; done < 5; done++) {
        model.settle();
        expect(model.job.status?.active).toBe(Math.min(2, 5 - done));
        model.end("Succeeded");
      }
      model.settle();
      expect(model.job.status?.succeeded).toBe(5);
      expect(model.reason("Complete")).toBe("CompletionsReached");
    },
  },
  "without completions the first success stops new pods and the rest run out": {
    spec: { parallelism: 3 },
    story(model) {
      model.settle();
      model.end("Succeeded");
      model.settle();
      expect(model.job.status).toMatchObject({ active: 2, succeeded: 1 });
      model.end("Failed");
      model.end("Succeeded");
      model.settle();
      expect(model.job.status).toMatchObject({ succeeded: 2, failed: 1 });
      expect(model.reason("Complete")).toBe("CompletionsReached");
    },
  },
  "no completions wanted: complete at once, without pods": {
    spec: { completions: 0, parallelism: 0 },
    story(model) {
      model.settle();
      expect(model.pods).toEqual([]);
      expect(model.reason("Complete")).toBe("CompletionsReached");
    },
  },
  "a failed pod is replaced after 10 s, then 20 s, and the limit fails the Job": {
    spec: { completions: 1, backoffLimit: 1 },
    story(model) {
      model.settle();
      model.end("Failed");
      expect(model.settle()).toBe(10_000);
      expect(model.live()).toHaveLength(0);
      expect(model.job.status).toMatchObject({ failed: 1, uncountedTerminatedPods: {} });
      model.wait(10);
      model.settle();
      expect(model.live()).toHaveLength(1);
      model.end("Failed");
      model.settle();
      expect(model.job.status?.failed).toBe(2);
      expect(model.reason("FailureTarget")).toBe("BackoffLimitExceeded");
      expect(model.reason("Failed")).toBe("BackoffLimitExceeded");
      expect(model.events.at(-1)).toBe("BackoffLimitExceeded");
    },
  },
  "Failed waits for pods that still terminate, and they count as failed": {
    spec: { completions: 2, parallelism: 2, backoffLimit: 0 },
    story(model) {
      model.settle();
      model.run();
      model.end("Failed");
      model.settle();
      expect(model.reason("FailureTarget")).toBe("BackoffLimitExceeded");
      expect(model.reason("Failed")).toBeUndefined();
      expect(model.job.status).toMatchObject({ terminating: 1, ready: 0, failed: 2 });
      model.end("Failed");
      model.settle();
      expect(model.reason("Failed")).toBe("BackoffLimitExceeded");
      expect(model.job.status).toMatchObject({ terminating: 0, failed: 2 });
      expect(model.job.status?.active).toBeUndefined();
    },
  },
  "activeDeadlineSeconds fails the Job and asks to be requeued for it": {
    spec: { completions: 1, activeDeadlineSeconds: 30 },
    story(model) {
      model.settle();
      expect(model.settle()).toBe(30_000);
      model.wait(30);
      model.settle();
      expect(model.reason("Failed")).toBe("DeadlineExceeded");
      expect(model.pods).toEqual([]);
    },
  },
  "activeDeadlineSeconds does not count the time in which the machine slept": {
    spec: { completions: 1, activeDeadlineSeconds: 30 },
    story(model) {
      model.settle();
      const annotations = { "windlass.dev/slept": "2026-01-01T00:00:10Z/2026-01-01T08:00:10Z" };
      model.job = { ...model.job, metadata: { ...model.job.metadata, annotations } };
      model.wait(8 * 3600 + 10);
      expect(model.settle()).toBe(20_000);
      model.wait(20);
      model.settle();
      expect(model.reason("Failed")).toBe("DeadlineExceeded");
    },
  },
  "suspending deletes pods without counting them; resuming starts the clock anew": {
    spec: { completions: 2, parallelism: 2 },
    story(model) {
      model.settle();
      model.patch({ suspend: true });
      model.settle();
      expect(model.pods).toEqual([]);
      expect(model.reason("Suspended")).toBe("JobSuspended");
      expect(model.job.status?.failed).toBeUndefined();
      expect(model.job.status?.startTime).toBeUndefined();
      model.wait(60);
      model.patch({ suspend: false });
      model.settle();
      expect(model.job.status?.startTime).toBe("2026-01-01T00:01:00Z");
      expect(model.job.status?.conditions?.[0]).toMatchObject({
        type: "Suspended",
        status: "False",
        reason: "JobResumed",
      });
      expect(model.live()).toHaveLength(2);
      expect(model.events.filter((reason) => reason === "Suspended" || reason === "Resumed")).toEqual([
        "Suspended",
        "Resumed",
      ]);
    },
  },
  "a Job created suspended makes no pod": {
    spec: { completions: 1, suspend: true },
    story(model) {
      model.settle();
      expect(model.pods).toEqual([]);
      expect(model.reason("Suspended")).toBe("JobSuspended");
    },
  },
  "less parallelism deletes the surplus and counts nothing": {
    spec: { completions: 4, parallelism: 4 },
    story(model) {
      model.settle();
      model.patch({ parallelism: 1 });
      model.settle();
      expect(model.live()).toHaveLength(1);
      expect(model.job.status?.failed).toBeUndefined();
    },
  },
  "a pod deleted by someone counts as failed and is replaced": {
    spec: { completions: 1 },
    story(model) {
      model.settle();
      model.run();
      model.delete(model.pods[0]?.metadata.name ?? "");
      model.wait(10);
      model.settle();
      expect(model.job.status).toMatchObject({ failed: 1, active: 1, terminating: 1 });
    },
  },
  "podReplacementPolicy Failed waits until the deleted pod has ended": {
    spec: { completions: 1, podReplacementPolicy: "Failed" },
    story(model) {
      model.settle();
      model.run();
      model.delete(model.pods[0]?.metadata.name ?? "");
      model.wait(10);
      model.settle();
      expect(model.live()).toHaveLength(0);
      expect(model.job.status?.terminating).toBe(1);
      model.end("Failed");
      model.wait(10);
      model.settle();
      expect(model.live()).toHaveLength(1);
      expect(model.job.status?.failed).toBe(1);
    },
  },
  "indexes get their own pod, host name and variable, and succeed one by one": {
    spec: { ...indexed, completions: 4, parallelism: 4 },
    story(model) {
      model.settle();
      expect(model.pods.map((pod) => pod.spec.hostname)).toEqual(["j-0", "j-1", "j-2", "j-3"]);
      expect(model.pods[2]?.metadata.name).toMatch(/^j-2-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      expect(model.pods[0]?.spec.containers[0]?.env?.[0]?.name).toBe("JOB_COMPLETION_INDEX");
      for (const index of [3, 0, 1]) model.end("Succeeded", { index });
      model.settle();
      expect(model.job.status).toMatchObject({ completedIndexes: "0,1,3", succeeded: 3, active: 1 });
      model.end("Succeeded", { index: 2 });
      model.settle();
      expect(model.job.status?.completedIndexes).toBe("0-3");
      expect(model.reason("Complete")).toBe("CompletionsReached");
      expect(model.pods.some(isTracked)).toBe(false);
    },
  },
  "a failed index is run again": {
    spec: { ...indexed, completions: 2, parallelism: 2 },
    story(model) {
      model.settle();
      model.end("Failed", { index: 1 });
      model.wait(10);
      model.settle();
      expect(model.live().map(indexOf)).toEqual([0, 1]);
    },
  },
  "backoffLimitPerIndex: the index fails alone, its failures are carried over, the Job ends as FailedIndexes": {
    spec: { ...indexed, completions: 2, parallelism: 2, backoffLimitPerIndex: 1 },
    story(model) {
      model.settle();
      model.end("Failed", { index: 0 });
      expect(model.settle()).toBe(10_000);
      model.wait(10);
      model.settle();
      const again = model.live().find((pod) => indexOf(pod) === 0);
      expect(again?.metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"]).toBe("1");
      model.end("Failed", { index: 0 });
      model.settle();
      expect(model.job.status).toMatchObject({ failedIndexes: "0", failed: 2, active: 1 });
      model.end("Succeeded", { index: 1 });
      model.settle();
      expect(model.reason("Failed")).toBe("FailedIndexes");
      expect(model.job.status).toMatchObject({ completedIndexes: "1", failedIndexes: "0", failed: 2, succeeded: 1 });
    },
  },
  "maxFailedIndexes ends the Job early": {
    spec: { ...indexed, completions: 4, parallelism: 4, backoffLimitPerIndex: 0, maxFailedIndexes: 0 },
    story(model) {
      model.settle();
      model.end("Failed", { index: 2 });
      model.settle();
      expect(model.reason("Failed")).toBe("MaxFailedIndexesExceeded");
      expect(model.live()).toEqual([]);
    },
  },
  "failure policy FailJob ends the Job and names the rule": {
    spec: {
      completions: 1,
      podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [42] } }] },
    },
    story(model) {
      model.settle();
      const name = model.pods[0]?.metadata.name;
      model.end("Failed", { exitCode: 42 });
      model.settle();
      expect(model.reason("Failed")).toBe("PodFailurePolicy");
      expect(model.job.status?.conditions?.find(({ type }) => type === "Failed")?.message).toBe(
        `Container main for pod n/${name} failed with exit code 42 matching FailJob rule at index 0`,
      );
    },
  },
  "failure policy Ignore replaces the pod without counting it": {
    spec: {
      completions: 1,
      backoffLimit: 0,
      podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }] },
    },
    story(model) {
      model.settle();
      model.end("Failed", { condition: "DisruptionTarget" });
      model.wait(10);
      model.settle();
      expect(model.job.status?.failed).toBeUndefined();
      expect(model.live()).toHaveLength(1);
    },
  },
  "failure policy FailIndex fails the index at its first failure": {
    spec: {
      ...indexed,
      completions: 2,
      parallelism: 2,
      backoffLimitPerIndex: 5,
      podFailurePolicy: { rules: [{ action: "FailIndex", onExitCodes: { operator: "NotIn", values: [1] } }] },
    },
    story(model) {
      model.settle();
      model.end("Failed", { index: 1, exitCode: 7 });
      model.settle();
      expect(model.job.status).toMatchObject({ failedIndexes: "1", failed: 1 });
      expect(model.live().map(indexOf)).toEqual([0]);
    },
  },
  "success policy ends the Job when its indexes have succeeded": {
    spec: { ...indexed, completions: 3, parallelism: 3, successPolicy: { rules: [{ succeededIndexes: "0" }] } },
    story(model) {
      model.settle();
      model.end("Succeeded", { index: 0 });
      model.settle();
      expect(model.reason("SuccessCriteriaMet")).toBe("SuccessPolicy");
      expect(model.reason("Complete")).toBe("SuccessPolicy");
      expect(model.job.status?.completedIndexes).toBe("0");
      expect(model.live()).toEqual([]);
    },
  },
  "a Job being deleted makes no pods": {
    spec: { completions: 1 },
    story(model) {
      model.job = { ...model.job, metadata: { ...model.job.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
      model.settle();
      expect(model.pods).toEqual([]);
    },
  },
};

for (const [name, row] of Object.entries(rows)) {
  it(name, () => {
    const model = new JobModel(row.spec);
    row.story(model);
  });
}

const planned = ({ job, pods, now }: JobModel) => checkedPlan(jobController, planJob, job, { pods: [...pods] }, now);

it("counts every pod once when a crash repeats any step", () => {
  const model = new JobModel({ completions: 3, parallelism: 3, backoffLimit: 10 });
  model.settle();
  model.end("Succeeded");
  model.wait(1);
  model.end("Failed");
  const first = planned(model);
  expect(first.status?.uncountedTerminatedPods).toEqual({
    succeeded: [expect.any(String)],
    failed: [expect.any(String)],
  });
  expect(first.status?.succeeded).toBeUndefined();
  expect(first.apply).toEqual([]);
  model.job = { ...model.job, status: first.status ?? {} };
  const second = planned(model);
  expect(second.apply).toHaveLength(2);
  expect(planned(model)).toEqual(second);
  model.settle();
  expect(model.job.status).toMatchObject({ succeeded: 1, failed: 1 });
});
