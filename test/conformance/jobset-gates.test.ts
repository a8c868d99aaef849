/** JobSets behind feature gates, over the wire: single Jobs that restart, Jobs that grow, pods that restart in place. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Pod as PodKind } from "../../src/api/core/kinds.ts";
import { inPlaceRestartAttemptAnnotation, jobRestartAttemptLabel } from "../../src/api/jobset/labels.ts";
import { type JobSetBench, replicatedJob, startJobSetBench, Subject } from "./jobset-bench.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { JobBench } from "./workloads-bench.ts";

let bench: JobSetBench;
beforeAll(async () => {
  bench = await startJobSetBench("jobset-gates", { restartJob: true, elasticJobSet: true, inPlaceRestart: true });
});
afterAll(() => bench?.stop());

it("restarts only the Job that failed", async () => {
  const subject = new Subject(bench, "single");
  await subject.create({
    failurePolicy: { maxRestarts: 1, rules: [{ action: "RestartJob" }] },
    replicatedJobs: [replicatedJob("a", { replicas: 2 })],
  });
  const [first] = await subject.hasJobs("a-0", "a-1");
  await subject.end("a-1", 1);
  const restarted = await eventually(async () => {
    await subject.reap();
    const [untouched, anew] = await subject.jobs();
    if (untouched?.metadata.uid !== first?.metadata.uid) throw new Error("the other Job was restarted too");
    return anew?.metadata.labels?.[jobRestartAttemptLabel] === "1" && anew;
  }, "the Job is back");
  expect(restarted.metadata.labels?.["jobset.sigs.k8s.io/restart-attempt"]).toBe("0");
  const { status } = await subject.until(
    "has counted",
    ({ status }) => status?.replicatedJobsStatus?.[0]?.failed === 0,
  );
  expect(status).toMatchObject({
    restarts: 0,
    replicatedJobsStatus: [{ jobRestarts: [0, 1], jobRestartsCountTowardsMax: [0, 1] }],
  });
  await subject.end("a-0", 1);
  expect(await subject.reason("Failed")).toBe("ReachedMaxRestarts");
});

it("lets Jobs grow", async () => {
  const subject = new Subject(bench, "elastic");
  const fixed = replicatedJob("b", {}, { completionMode: "NonIndexed", completions: 4 });
  await subject.create({
    successPolicy: { operator: "All", targetReplicatedJobs: ["a"] },
    replicatedJobs: [replicatedJob("a"), fixed],
  });
  await subject.hasJobs("a-0", "b-0");
  const at = "/spec/replicatedJobs/0/template/spec";
  const scale = (parallelism: number, completions: number) =>
    subject.patch(
      [
        { op: "replace", path: `${at}/parallelism`, value: parallelism },
        { op: "replace", path: `${at}/completions`, value: completions },
      ],
      "json",
    );
  await expect(scale(3, 2)).rejects.toThrow("completions must be equal to parallelism for Elastic Indexed Jobs");
  await expect(scale(0, 0)).rejects.toThrow("parallelism must be >= 1");
  await scale(3, 3);
  const job = new JobBench(bench, "elastic-a-0");
  for (const pod of await job.live(3)) await job.end(pod);
  expect(await subject.reason("Completed")).toBe("AllJobsCompleted");
  await expect(scale(4, 4)).rejects.toThrow("a finished JobSet cannot be scaled");
});

it("tells the agents in the pods which attempt all have reached", async () => {
  const subject = new Subject(bench, "in-place");
  const job = { backoffLimit: 2147483647, podReplacementPolicy: "Failed", parallelism: 2, completions: 2 };
  await subject.create({
    failurePolicy: { maxRestarts: 3, restartStrategy: "InPlaceRestart" },
    replicatedJobs: [replicatedJob("a", {}, job)],
  });
  const pods = await new JobBench(bench, "in-place-a-0").live(2);
  const reach = async (index: number, attempt: number) => {
    const ref = { kind: PodKind, namespace: bench.namespace, name: pods[index]?.metadata.name ?? "" };
    const annotations = { [inPlaceRestartAttemptAnnotation]: String(attempt) };
    await bench.client.patch(ref, { metadata: { annotations } }, { type: "merge" });
  };
  await reach(0, 0);
  await reach(1, 0);
  await subject.until("is at attempt 0", ({ status }) => status?.currentInPlaceRestartAttempt === 0);
  await reach(0, 1);
  await subject.until("has left attempt 0", ({ status }) => status?.previousInPlaceRestartAttempt === 0);
  await reach(1, 1);
  await subject.until("is at attempt 1", ({ status }) => status?.currentInPlaceRestartAttempt === 1);
  await reach(1, 4);
  expect(await subject.reason("Failed")).toBe("ReachedMaxRestarts");
});
