/** RayCronJobs over the wire, on the embedded API server and on a real one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RayCronJobSpec } from "../../src/api/ray/types.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { type CronBench, CronSubject, monthFromNow, startCronBench } from "./ray-cron-job-bench.ts";

/** The answer to the first creation of each RayJob named like this is lost on its way. */
function losingAnswers(inner: Transport): Transport {
  const lost = new Set<string>();
  return {
    ...inner,
    watch: (request) => inner.watch(request),
    stream: (request) => inner.stream(request),
    async request(request) {
      const answer = await inner.request(request);
      const { name = "" } = (request.body as { metadata?: { name?: string } } | undefined)?.metadata ?? {};
      if (request.method !== "POST" || !name.startsWith("lost-") || lost.has(name)) return answer;
      lost.add(name);
      throw new Error("the connection was reset");
    },
  };
}

let bench: CronBench;
beforeAll(async () => {
  bench = await startCronBench("raycronjob", losingAnswers);
});
afterAll(() => bench?.stop());

describe("a run that is due", () => {
  it("starts by itself", async () => {
    const subject = new CronSubject(bench, "soon");
    const { metadata } = await subject.create({ schedule: "@every 1s" });
    const { status } = await subject.until("has started a run", ({ lastScheduleTime }) => Boolean(lastScheduleTime));
    const due = Date.parse(metadata.creationTimestamp ?? "") + 1000;
    expect(Date.parse(status?.lastScheduleTime ?? "")).toBeGreaterThanOrEqual(due);
    await subject.patch({ suspend: true });
    await subject.says("Suspended");
    const [job] = await subject.runs();
    const { uid } = metadata;
    expect(job).toMatchObject({
      metadata: {
        name: `soon-${Math.floor(due / 60_000)}`,
        labels: { "ray.io/cronjob-name": "soon" },
        ownerReferences: [{ kind: "RayCronJob", name: "soon", uid, controller: true, blockOwnerDeletion: true }],
      },
      spec: { entrypoint: "python main.py", submissionMode: "K8sJobMode" },
    });
  });

  it("costs two writes: the RayJob, and the status", async () => {
    const subject = new CronSubject(bench, "cheap");
    await subject.create();
    await subject.until("knows what comes next", ({ nextScheduleTime }) => nextScheduleTime === monthFromNow(1));
    bench.asked.reset();
    const due = await subject.at(1);
    const { status } = await subject.started(due);
    expect(status).toEqual({ lastScheduleTime: due, nextScheduleTime: monthFromNow(2) });
    const [job] = await subject.has(due);
    expect(job?.metadata.annotations).toEqual({ "ray.io/cronjob-scheduled-timestamp": due });
    const path = `/apis/ray.io/v1/namespaces/${bench.namespace}`;
    expect(bench.asked.writes({ events: false })).toEqual([
      `POST ${path}/rayjobs`,
      `PATCH ${path}/raycronjobs/cheap/status`,
    ]);
    expect(await subject.told("CreatedRayJob")).toEqual([
      `Created RayJob ${bench.namespace}/${job?.metadata.name}, due at ${due}`,
    ]);
  });

  it("is one RayJob, though the answer to its creation is lost", async () => {
    const subject = new CronSubject(bench, "lost");
    await subject.create();
    const due = await subject.at(1);
    await subject.started(due);
    await subject.says(undefined);
    await subject.has(due);
  });

  it("is the last one of those that were missed", async () => {
    const subject = new CronSubject(bench, "missed");
    await subject.create();
    const due = await subject.at(5);
    await subject.started(due);
    await subject.has(due);
    expect((await subject.told("CreatedRayJob"))[0]).toContain("; 4 earlier runs were missed");
  });

  it("is not started after its deadline", async () => {
    const subject = new CronSubject(bench, "late");
    await subject.create({ startingDeadlineSeconds: 60 });
    const due = await subject.at(1);
    const { status } = await subject.says("MissSchedule");
    expect(status?.message).toBe(`the run due at ${due} was not started within 60 s`);
    expect(await subject.told("MissSchedule")).toHaveLength(1);
    expect(await subject.runs()).toEqual([]);
  });
});

describe("concurrencyPolicy", () => {
  it("Forbid: the next run waits for the RayJob before it, and says so", async () => {
    const subject = new CronSubject(bench, "forbid");
    await subject.create({ concurrencyPolicy: "Forbid" });
    const first = await subject.at(1);
    const [job] = await subject.has(first);
    const second = await subject.at(2);
    const { status } = await subject.says("JobAlreadyActive");
    expect(status?.message).toBe(`the run due at ${second} waits for RayJob ${job?.metadata.name} to end`);
    await subject.has(first);
    if (job) await subject.end(job, "Complete");
    await subject.has(first, second);
    await subject.says(undefined);
  });

  it("Replace: the RayJob before it goes", async () => {
    const subject = new CronSubject(bench, "replace");
    await subject.create({ concurrencyPolicy: "Replace" });
    await subject.has(await subject.at(1));
    await subject.has(await subject.at(2));
    expect(await subject.told("DeletedRayJob")).toHaveLength(1);
  });

  it("Allow: both run", async () => {
    const subject = new CronSubject(bench, "allow");
    await subject.create();
    const first = await subject.at(1);
    await subject.has(first);
    await subject.has(first, await subject.at(2));
  });
});

describe("life cycle", () => {
  it("keeps as many RayJobs that have ended as it is told", async () => {
    const subject = new CronSubject(bench, "history");
    await subject.create({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 });
    const due: string[] = [];
    for (const [months, end] of [
      [1, "Complete"],
      [2, "Running"],
      [3, "Complete"],
    ] as const) {
      due.push(await subject.at(months));
      await subject.started(due.at(-1) ?? "");
      const job = (await subject.runs()).at(-1);
      if (job) await subject.end(job, end);
    }
    const [running] = await subject.has(...due.slice(1));
    if (running) await subject.end(running, "Failed");
    await subject.has(...due.slice(2));
  });

  it("starts nothing while it is suspended, and the last run that was missed when it is resumed", async () => {
    const subject = new CronSubject(bench, "paused");
    await subject.create({ suspend: true });
    await subject.at(2);
    await subject.says("Suspended");
    await subject.told("SuspendedRayCronJob");
    expect(await subject.runs()).toEqual([]);
    await subject.patch({ suspend: false });
    await subject.has(monthFromNow(2));
  });

  it("tells what breaks a rule, and goes on once it is corrected", async () => {
    const subject = new CronSubject(bench, "broken");
    await subject.create({ schedule: "0 0 1 * 7" });
    const { status } = await subject.says("ValidationFailed");
    expect(status).toEqual({ reason: "ValidationFailed", message: "schedule: weekday 7 is not between 0 and 6" });
    await subject.told("InvalidRayCronJobSpec");
    await subject.patch({ schedule: "@monthly" });
    const due = await subject.at(1);
    await subject.has(due);
    expect((await subject.started(due)).status?.reason).toBeUndefined();
  });

  it("takes its RayJobs with it", async () => {
    const subject = new CronSubject(bench, "owner");
    await subject.create();
    await subject.has(await subject.at(1));
    await bench.client.delete(subject.ref, { propagationPolicy: "Background" });
    await subject.has();
  });
});

it.each<[string, Partial<RayCronJobSpec>, string]>([
  ["an unknown policy", { concurrencyPolicy: "Queue" as "Allow" }, "spec.concurrencyPolicy"],
  ["a deadline before its time", { startingDeadlineSeconds: -1 }, "spec.startingDeadlineSeconds"],
  ["less history than none", { successfulJobsHistoryLimit: -1 }, "spec.successfulJobsHistoryLimit"],
  ["an empty time zone", { timeZone: "" }, "spec.timeZone"],
])("%s is refused", async (_, spec, field) => {
  await expect(new CronSubject(bench, "refused").create(spec)).rejects.toThrow(field);
});
