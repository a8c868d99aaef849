/** JobSets over the wire: what users and other controllers see. The same rows hold on a real control plane. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Job } from "../../src/api/batch/job.ts";
import { Event, Job as JobKind, PersistentVolumeClaim, Service as ServiceKind } from "../../src/api/core/kinds.ts";
import type { Service } from "../../src/api/core/service.ts";
import type { JobSetSpec } from "../../src/api/jobset/types.ts";
import { type JobSetBench, replicatedJob, startJobSetBench, Subject } from "./jobset-bench.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { find, JobBench } from "./workloads-bench.ts";

let bench: JobSetBench;
beforeAll(async () => {
  bench = await startJobSetBench("jobset");
});
afterAll(() => bench?.stop());

const prefix = "jobset.sigs.k8s.io";
const attempts = (jobs: readonly Job[]) => jobs.map(({ metadata }) => metadata.labels?.[`${prefix}/restart-attempt`]);

it("creates Jobs and a headless Service, counts, and completes, with at most 5 requests", async () => {
  const subject = new Subject(bench, "plain");
  bench.asked.reset();
  const created = await subject.create({
    replicatedJobs: [replicatedJob("w", {}, { parallelism: 4, completions: 4 })],
  });
  expect(created.spec).toMatchObject({
    successPolicy: { operator: "All" },
    startupPolicy: { startupPolicyOrder: "AnyOrder" },
    network: { enableDNSHostnames: true, publishNotReadyAddresses: true },
    replicatedJobs: [{ groupName: "default", replicas: 1, template: { spec: { completionMode: "Indexed" } } }],
  });
  const [job] = await subject.hasJobs("w-0");
  const own = {
    [`${prefix}/jobset-name`]: "plain",
    [`${prefix}/jobset-uid`]: created.metadata.uid,
    [`${prefix}/replicatedjob-name`]: "w",
    [`${prefix}/replicatedjob-replicas`]: "1",
    [`${prefix}/global-replicas`]: "1",
    [`${prefix}/job-index`]: "0",
    [`${prefix}/job-global-index`]: "0",
    [`${prefix}/restart-attempt`]: "0",
    [`${prefix}/group-name`]: "default",
    [`${prefix}/group-replicas`]: "1",
    [`${prefix}/job-group-index`]: "0",
  };
  expect(job?.metadata).toMatchObject({
    labels: own,
    annotations: own,
    ownerReferences: [{ kind: "JobSet", controller: true }],
  });
  const pods = new JobBench(bench, "plain-w-0");
  const live = await pods.live(4);
  expect(live[0]).toMatchObject({
    metadata: { labels: own, annotations: own },
    spec: { subdomain: "plain", hostname: "plain-w-0-0" },
  });
  const service = await eventually(
    () => find<Service>(bench.client, { kind: ServiceKind, namespace: bench.namespace, name: "plain" }),
    "there is a Service",
  );
  expect(service.spec).toMatchObject({
    clusterIP: "None",
    selector: { [`${prefix}/jobset-name`]: "plain" },
    publishNotReadyAddresses: true,
  });
  await Promise.all(live.map((pod) => pods.run(pod)));
  await subject.counts("w", { active: 1, ready: 1 });
  await Promise.all(live.map((pod) => pods.end(pod)));
  expect(await subject.reason("Completed")).toBe("AllJobsCompleted");
  const done = await subject.counts("w", { succeeded: 1 });
  expect(done.status).toMatchObject({ restarts: 0, terminalState: "Completed" });
  const writes = bench.asked.writes({ events: false });
  expect(writes.length).toBeLessThanOrEqual(5);
  expect(writes.slice(0, 2).map((write) => write.split("/").at(-1))).toEqual(["services", "jobs"]);
  const events = await eventually(async () => {
    const { items } = await bench.client.list(Event, { namespace: bench.namespace });
    return items.find((event) => event["reason"] === "AllJobsCompleted");
  }, "the end is told");
  expect(events).toMatchObject({
    type: "Normal",
    reportingController: "jobset",
    regarding: { kind: "JobSet", name: "plain" },
  });
});

it("says that its Jobs are there while their pods are pending", async () => {
  const subject = new Subject(bench, "pending");
  await subject.create({ replicatedJobs: [replicatedJob("w")] });
  const { status } = await subject.counts("w", { active: 1 });
  expect(status).toMatchObject({ restarts: 0 });
  expect(status).not.toHaveProperty("conditions");
});

it("restarts as often as allowed, then fails and keeps what failed", async () => {
  const subject = new Subject(bench, "again");
  await subject.create({
    failurePolicy: { maxRestarts: 1 },
    replicatedJobs: [replicatedJob("a"), replicatedJob("b", { replicas: 2 })],
  });
  await subject.hasJobs("a-0", "b-0", "b-1");
  await subject.end("b-1", 1);
  expect(await subject.reason("RestartingJobSet")).toBe("DefaultFailurePolicy");
  const jobs = await eventually(async () => {
    await subject.reap();
    const found = await subject.jobs();
    return found.length === 3 && attempts(found).join() === "1,1,1" && found;
  }, "all Jobs are of the next attempt");
  expect(jobs.map(({ metadata }) => metadata.name)).toEqual(["again-a-0", "again-b-0", "again-b-1"]);
  await Promise.all(["a-0", "b-0", "b-1"].map((job) => subject.run(job)));
  expect(await subject.reason("RestartingJobSet", "False")).toBe("JobsReady");
  await subject.end("b-0", 1);
  expect(await subject.reason("Failed")).toBe("ReachedMaxRestarts");
  const failed = await subject.until("has ended", ({ status }) => status?.terminalState === "Failed");
  expect(failed.status).toMatchObject({ restarts: 1, restartsCountTowardsMax: 1 });
  expect(failed.status?.conditions?.map(({ type, status, reason }) => [type, status, reason])).toEqual([
    ["RestartingJobSet", "False", "JobSetFailed"],
    ["Failed", "True", "ReachedMaxRestarts"],
  ]);
  await eventually(async () => {
    await subject.reap();
    return (await subject.jobNames()).join() === "b-0";
  }, "only the failed Job is left");
});

it("fails at the first failed Job without a failure policy", async () => {
  const subject = new Subject(bench, "once");
  await subject.create({ replicatedJobs: [replicatedJob("a")] });
  await subject.hasJobs("a-0");
  await subject.end("a-0", 1);
  expect(await subject.reason("Failed")).toBe("FailedJobs");
  const { status } = await subject.counts("a", { failed: 1 });
  expect(status?.conditions?.at(-1)?.message).toContain("(first failed job: once-a-0)");
});

it("applies the rule that names the reason", async () => {
  const subject = new Subject(bench, "rule");
  await subject.create({
    failurePolicy: {
      maxRestarts: 5,
      rules: [
        { action: "RestartJobSet", onJobFailureReasons: ["DeadlineExceeded"] },
        {
          action: "FailJobSet",
          onJobFailureReasons: ["BackoffLimitExceeded"],
          onJobFailureMessagePatterns: ["(?i)BACKOFF limit"],
        },
      ],
    },
    replicatedJobs: [replicatedJob("a")],
  });
  await subject.hasJobs("a-0");
  await subject.end("a-0", 1);
  expect(await subject.reason("Failed")).toBe("FailJobSetFailurePolicyAction");
});

it("completes with any Job of the targets, and deletes those still running", async () => {
  const subject = new Subject(bench, "any");
  await subject.create({
    successPolicy: { operator: "Any", targetReplicatedJobs: ["leader"] },
    replicatedJobs: [replicatedJob("leader"), replicatedJob("w", { replicas: 2 })],
  });
  await subject.hasJobs("leader-0", "w-0", "w-1");
  await subject.end("leader-0");
  expect(await subject.reason("Completed")).toBe("AllJobsCompleted");
  await eventually(async () => {
    await subject.reap();
    return (await subject.jobNames()).join() === "leader-0";
  }, "the rest is gone");
});

it("suspends, resumes with the placement given meanwhile, and does so again", async () => {
  const subject = new Subject(bench, "queued");
  await subject.create({ suspend: true, replicatedJobs: [replicatedJob("w", { replicas: 2 })] });
  expect(await subject.reason("Suspended")).toBe("SuspendedJobs");
  await subject.counts("w", { suspended: 2 });
  const jobs = await subject.hasJobs("w-0", "w-1");
  expect(jobs.map(({ spec }) => spec.suspend)).toEqual([true, true]);
  const pod = "/spec/replicatedJobs/0/template/spec/template";
  const admit = (zone: string) => [
    { op: "replace", path: "/spec/suspend", value: false },
    { op: "add", path: `${pod}/metadata/labels`, value: { queue: zone } },
    { op: "add", path: `${pod}/spec/nodeSelector`, value: { zone } },
    { op: "add", path: `${pod}/spec/tolerations`, value: [{ key: zone, operator: "Exists" }] },
  ];
  const placed = (zone: string) =>
    eventually(async () => {
      const found = await subject.jobs();
      return found.every(({ spec }) => !spec.suspend && spec.template.spec.nodeSelector?.["zone"] === zone) && found;
    }, `the Jobs run in zone ${zone}`);
  await subject.patch(admit("a"), "json");
  expect((await placed("a"))[0]?.spec.template).toMatchObject({
    metadata: { labels: { queue: "a", [`${prefix}/jobset-name`]: "queued" } },
    spec: { tolerations: [{ key: "a", operator: "Exists" }] },
  });
  expect(await subject.reason("Suspended", "False")).toBe("ResumeJobs");
  await subject.counts("w", { active: 2 });
  await subject.patch({ spec: { suspend: true } });
  expect(await subject.reason("Suspended")).toBe("SuspendedJobs");
  await eventually(async () => {
    await subject.reap();
    return subject.counts("w", { suspended: 2 });
  }, "no pod is active");
  await subject.patch(admit("b"), "json");
  expect((await placed("b"))[0]?.spec.template.spec.tolerations).toMatchObject([{ key: "a" }, { key: "b" }]);
  await subject.counts("w", { active: 2 });
});

it("starts replicated jobs when those they depend on are ready or complete", async () => {
  const subject = new Subject(bench, "chain");
  await subject.create({
    replicatedJobs: [
      replicatedJob("init"),
      replicatedJob("main", { dependsOn: [{ name: "init", status: "Complete" }] }),
      replicatedJob("launcher", { dependsOn: [{ name: "main", status: "Ready" }] }),
    ],
  });
  await subject.hasJobs("init-0");
  await subject.end("init-0");
  await subject.hasJobs("init-0", "main-0");
  await subject.run("main-0");
  await subject.hasJobs("init-0", "launcher-0", "main-0");
});

it("starts replicated jobs in order", async () => {
  const subject = new Subject(bench, "order");
  await subject.create({
    startupPolicy: { startupPolicyOrder: "InOrder" },
    replicatedJobs: [replicatedJob("a"), replicatedJob("b")],
  });
  await subject.hasJobs("a-0");
  expect(await subject.reason("StartupPolicyInProgress")).toBe("InOrderStartupPolicyInProgress");
  await subject.run("a-0");
  await subject.hasJobs("a-0", "b-0");
  await subject.run("b-0");
  expect(await subject.reason("StartupPolicyCompleted")).toBe("InOrderStartupPolicyCompleted");
  expect(await subject.reason("StartupPolicyInProgress", "False")).toBe("InOrderStartupPolicyInProgress");
});

it("deletes a finished JobSet after its time to live", async () => {
  const subject = new Subject(bench, "brief");
  await subject.create({ ttlSecondsAfterFinished: 0, replicatedJobs: [replicatedJob("a")] });
  await subject.hasJobs("a-0");
  await subject.end("a-0");
  await eventually(async () => {
    await subject.reap();
    return (await subject.get()) === undefined && (await subject.jobNames()).length === 0;
  }, "nothing is left");
});

it("leaves alone what another controller manages", async () => {
  const foreign = new Subject(bench, "foreign");
  await foreign.create({ managedBy: "kueue.x-k8s.io/multikueue", replicatedJobs: [replicatedJob("a")] });
  const ours = new Subject(bench, "ours");
  await ours.create({ managedBy: "jobset.sigs.k8s.io/jobset-controller", replicatedJobs: [replicatedJob("a")] });
  await ours.hasJobs("a-0");
  expect(await foreign.jobs()).toEqual([]);
  expect((await foreign.get())?.status).toBeUndefined();
});

it("makes claims and mounts them", async () => {
  const subject = new Subject(bench, "claims");
  const template = replicatedJob("a");
  const container = { name: "main", image: "none", volumeMounts: [{ name: "data", mountPath: "/data" }] };
  const spec = {
    ...template.template.spec,
    template: { spec: { ...template.template.spec.template.spec, containers: [container] } },
  };
  await subject.create({
    volumeClaimPolicies: [
      {
        templates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
    ],
    replicatedJobs: [{ ...template, template: { spec } }],
  });
  const [job] = await subject.hasJobs("a-0");
  expect(job?.spec.template.spec.volumes).toEqual([
    { name: "data", persistentVolumeClaim: { claimName: "data-claims" } },
  ]);
  const claim = await bench.client.get({
    kind: PersistentVolumeClaim,
    namespace: bench.namespace,
    name: "data-claims",
  });
  expect(claim.metadata).toMatchObject({
    labels: { [`${prefix}/jobset-name`]: "claims" },
    ownerReferences: [{ kind: "JobSet", name: "claims" }],
  });
});

it("never adopts a Job of that name, and says so", async () => {
  const foreign = new JobBench(bench, "taken-a-0");
  await foreign.create({ suspend: true });
  const subject = new Subject(bench, "taken");
  await subject.create({ replicatedJobs: [replicatedJob("a", { replicas: 2 })] });
  await eventually(async () => {
    const { items } = await bench.client.list(Event, { namespace: bench.namespace });
    return items.some(
      (event) => event["reason"] === "JobCreationFailed" && String(event["note"]).includes("taken-a-0"),
    );
  }, "the failure is told");
  await subject.hasJobs("a-1");
  await bench.client.delete(
    { kind: JobKind, namespace: bench.namespace, name: "taken-a-0" },
    { propagationPolicy: "Background" },
  );
  await subject.hasJobs("a-0", "a-1");
});

it("makes a Job that somebody deleted anew", async () => {
  const subject = new Subject(bench, "healed");
  await subject.create({ replicatedJobs: [replicatedJob("a")] });
  const [first] = await subject.hasJobs("a-0");
  await bench.client.delete(
    { kind: JobKind, namespace: bench.namespace, name: "healed-a-0" },
    { propagationPolicy: "Background" },
  );
  const second = await eventually(async () => {
    const [job] = await subject.jobs();
    return job && job.metadata.uid !== first?.metadata.uid && job;
  }, "there is another Job");
  expect(attempts([second])).toEqual(["0"]);
});

it("takes explicit nulls for fields that are missing", async () => {
  const nulls = { network: null, successPolicy: null, failurePolicy: null, startupPolicy: null, coordinator: null };
  const subject = new Subject(bench, "nulls");
  const { spec } = await subject.create({ ...nulls, replicatedJobs: [replicatedJob("a")] } as unknown as JobSetSpec);
  expect(spec).toMatchObject({ network: { enableDNSHostnames: true }, successPolicy: { operator: "All" } });
  expect(spec?.failurePolicy ?? undefined).toBeUndefined();
  await subject.hasJobs("a-0");
});
