/** What a RayCronJob does next: when runs are due, what of those that were missed, and what stands in the way. */
import { describe, expect, it } from "vitest";
import type { RayCronJobSpec, RayCronJobStatus, RayJob } from "../../api/ray/types.ts";
import type { WriteFailure } from "../../runtime/plan.ts";
import { rayJob } from "./events.ts";
import { jobTemplate, makeCron, makeRun, planAt, summaryOf } from "./model.test-support.ts";

const minutes = (time: string) => Date.parse(time) / 60_000;
const nameAt = (time: string) => `nightly-${minutes(time)}`;
const ran: RayCronJobStatus = { lastScheduleTime: "2026-01-01T01:00:00Z", nextScheduleTime: "2026-01-01T02:00:00Z" };
const started: RayCronJobStatus = {
  lastScheduleTime: "2026-01-01T02:00:00Z",
  nextScheduleTime: "2026-01-01T03:00:00Z",
};
const hourMs = 3_600_000;

describe("a run that is due", () => {
  it("becomes a RayJob that says what it is for, and the time is noted", () => {
    const cron = makeCron({ schedule: "0 2 * * *", timeZone: "Europe/Berlin" });
    const labels = { team: "vision", "kueue.x-k8s.io/queue-name": "gpus", "kueue.x-k8s.io/priority-class": "low" };
    const root = { ...cron, metadata: { ...cron.metadata, labels, annotations: { note: "mine" } } };
    const plan = planAt("2026-01-01T01:00:00Z", root);
    expect(plan.apply).toEqual([
      {
        kind: expect.objectContaining({ kind: "RayJob" }) as unknown,
        mode: "create",
        as: rayJob,
        order: 1,
        says: "Created RayJob {object}, due at 2026-01-01T01:00:00Z",
        target: {
          apiVersion: "ray.io/v1",
          kind: "RayJob",
          metadata: {
            name: "nightly-29453820",
            namespace: "default",
            labels: {
              "ray.io/cronjob-name": "nightly",
              "kueue.x-k8s.io/queue-name": "gpus",
              "kueue.x-k8s.io/priority-class": "low",
            },
            annotations: { "ray.io/cronjob-scheduled-timestamp": "2026-01-01T01:00:00Z" },
            ownerReferences: [
              {
                apiVersion: "ray.io/v1",
                kind: "RayCronJob",
                name: "nightly",
                uid: "cron-uid",
                controller: true,
                blockOwnerDeletion: true,
              },
            ],
          },
          spec: jobTemplate,
        },
      },
    ]);
    expect(plan.status).toEqual({
      lastScheduleTime: "2026-01-01T01:00:00Z",
      nextScheduleTime: "2026-01-02T01:00:00Z",
    });
    expect(plan.requeueAfterMs).toBe(24 * hourMs);
  });

  it.each<[string, string, Partial<RayCronJobSpec>, RayCronJobStatus | undefined, ReturnType<typeof summaryOf>]>([
    [
      "none is due yet: requeued for the first",
      "2026-01-01T00:59:59.500Z",
      {},
      undefined,
      {
        creates: [],
        removes: [],
        status: { nextScheduleTime: "2026-01-01T01:00:00Z" },
        events: [],
        requeueAfterMs: 500,
      },
    ],
    [
      "what was due before it was created is not made up for",
      "2026-01-01T00:00:31Z",
      { schedule: "0 0 * * *" },
      undefined,
      {
        creates: [],
        removes: [],
        status: { nextScheduleTime: "2026-01-02T00:00:00Z" },
        events: [],
        requeueAfterMs: 24 * hourMs - 31_000,
      },
    ],
    [
      "one is due after another",
      "2026-01-01T02:00:01Z",
      {},
      ran,
      {
        creates: [nameAt("2026-01-01T02:00Z")],
        removes: [],
        status: started,
        events: [],
        requeueAfterMs: hourMs - 1000,
      },
    ],
    [
      "an interval counts from the creation",
      "2026-01-01T00:10:30Z",
      { schedule: "@every 10m" },
      undefined,
      {
        creates: [nameAt("2026-01-01T00:10Z")],
        removes: [],
        status: { lastScheduleTime: "2026-01-01T00:10:30Z", nextScheduleTime: "2026-01-01T00:20:30Z" },
        events: [],
        requeueAfterMs: 600_000,
      },
    ],
  ])("%s", (_, now, spec, status, wanted) => {
    expect(summaryOf(planAt(now, makeCron(spec, status)))).toEqual(wanted);
  });

  it("whose RayJob exists already is only noted: whoever created it was stopped before that", () => {
    const plan = planAt("2026-01-01T02:00:01Z", makeCron({}, ran), { jobs: [makeRun("2026-01-01T02:00:00Z")] });
    expect(summaryOf(plan)).toMatchObject({ creates: [], status: started });
  });

  it("whose RayJob cannot be created is tried again, and the status says why", () => {
    const failure: WriteFailure = { verb: "Create", noun: rayJob, reason: "FailedCreateRayJob", message: "quota" };
    const plan = planAt("2026-01-01T02:00:01Z", makeCron({}, ran), { failures: [failure] });
    expect(summaryOf(plan)).toEqual({
      creates: [nameAt("2026-01-01T02:00Z")],
      removes: [],
      status: {
        lastScheduleTime: "2026-01-01T01:00:00Z",
        nextScheduleTime: "2026-01-01T03:00:00Z",
        reason: "FailedToCreateRayJob",
        message: "the run due at 2026-01-01T02:00:00Z is tried again: quota",
      },
      events: [],
      requeueAfterMs: hourMs - 1000,
    });
  });
});

describe("runs that were missed", () => {
  it.each<[string, string, string]>([
    ["one", "2026-01-01T03:10:00Z", "; 1 earlier run was missed"],
    ["some", "2026-01-01T12:10:00Z", "; 10 earlier runs were missed"],
    ["very many", "2026-03-01T12:10:00Z", "; more than 100 earlier runs were missed"],
  ])("%s: only the last is started", (_, now, missed) => {
    const { apply, status } = planAt(now, makeCron({}, ran));
    const due = now.replace("10:00Z", "00:00Z");
    expect(apply.map(({ target, says }) => [target.metadata.name, says])).toEqual([
      [nameAt(due), `Created RayJob {object}, due at ${due}${missed}`],
    ]);
    expect(status?.lastScheduleTime).toBe(due);
  });

  it.each<[string, string, readonly string[]]>([
    ["within the deadline: started", "2026-01-01T02:01:00Z", ["nightly-29453880"]],
    ["after it: not", "2026-01-01T02:01:01Z", []],
  ])("startingDeadlineSeconds: %s", (_, now, names) => {
    const { creates } = summaryOf(planAt(now, makeCron({ startingDeadlineSeconds: 60 }, ran)));
    expect(creates).toEqual(names);
  });

  const late = "the run due at 2026-01-01T02:00:00Z was not started within 60 s";
  const missed: RayCronJobStatus = {
    ...ran,
    nextScheduleTime: "2026-01-01T03:00:00Z",
    reason: "MissSchedule",
    message: late,
  };
  it.each<[string, RayCronJobStatus, readonly string[]]>([
    ["is told", ran, [`Warning MissSchedule Create: default/nightly: ${late}`]],
    ["is told once", missed, []],
  ])("one that is too late %s", (_, status, events) => {
    expect(summaryOf(planAt("2026-01-01T02:10:00Z", makeCron({ startingDeadlineSeconds: 60 }, status)))).toEqual({
      creates: [],
      removes: [],
      status: missed,
      events,
      requeueAfterMs: 50 * 60_000,
    });
  });
});

describe("concurrencyPolicy", () => {
  const now = "2026-01-01T02:00:00Z";
  const earlier = "2026-01-01T01:00:00Z";
  const next = nameAt(now);
  it.each<[string, RayCronJobSpec["concurrencyPolicy"], readonly RayJob[], readonly string[], readonly string[]]>([
    ["none is Allow", undefined, [makeRun(earlier)], [next], []],
    ["Allow", "Allow", [makeRun(earlier)], [next], []],
    ["Forbid", "Forbid", [makeRun(earlier)], [], []],
    ["Forbid, one waits in a queue", "Forbid", [makeRun(earlier, "Suspended")], [], []],
    ["Forbid, one is new", "Forbid", [makeRun(earlier, "")], [], []],
    ["Forbid, one is being deleted", "Forbid", [makeRun(earlier, "Running", true)], [], []],
    [
      "Forbid, all have ended",
      "Forbid",
      [makeRun(earlier, "Complete"), makeRun("2026-01-01T00:30Z", "Failed")],
      [next],
      [],
    ],
    ["Forbid, one breaks a rule", "Forbid", [makeRun(earlier, "ValidationFailed")], [next], []],
    ["Replace", "Replace", [makeRun(earlier)], [next], [nameAt(earlier)]],
    ["Replace, it is being deleted", "Replace", [makeRun(earlier, "Running", true)], [next], []],
    ["Replace, it has ended", "Replace", [makeRun(earlier, "Complete")], [next], []],
  ])("%s", (_, concurrencyPolicy, jobs, creates, removes) => {
    expect(summaryOf(planAt(now, makeCron({ concurrencyPolicy }, ran), { jobs }))).toMatchObject({ creates, removes });
  });

  const waits = "the run due at 2026-01-01T02:00:00Z waits for RayJob nightly-29453820 to end";
  const halted: RayCronJobStatus = {
    ...started,
    lastScheduleTime: earlier,
    reason: "JobAlreadyActive",
    message: waits,
  };
  it.each<[string, RayCronJobStatus, Partial<RayCronJobSpec>, readonly string[], number]>([
    ["is told", ran, {}, [`Normal JobAlreadyActive Create: default/nightly: ${waits}`], hourMs],
    ["is told once", halted, {}, [], hourMs],
    ["ends with its deadline", halted, { startingDeadlineSeconds: 300 }, [], 300_001],
  ])("a run that waits %s", (_, status, spec, events, requeueAfterMs) => {
    const cron = makeCron({ concurrencyPolicy: "Forbid", ...spec }, status);
    const plan = planAt(now, cron, { jobs: [makeRun(earlier)] });
    expect(summaryOf(plan)).toEqual({ creates: [], removes: [], status: halted, events, requeueAfterMs });
  });

  it("a run that waited starts as soon as nothing runs any more, and says nothing of waiting", () => {
    const cron = makeCron({ concurrencyPolicy: "Forbid" }, halted);
    const plan = planAt("2026-01-01T02:20:00Z", cron, { jobs: [makeRun(earlier, "Complete")] });
    expect(summaryOf(plan)).toMatchObject({ creates: [next], status: started });
  });

  it("what is replaced goes first: if it cannot be deleted, nothing is created", () => {
    const cron = makeCron({ concurrencyPolicy: "Replace" }, ran);
    const { apply, remove } = planAt(now, cron, { jobs: [makeRun(earlier)] });
    expect([remove.map(({ order = 0 }) => order), apply.map(({ order = 0 }) => order)]).toEqual([[0], [1]]);
  });
});

describe("history", () => {
  const jobs = [
    makeRun("2026-01-01T00:10:00Z", "Complete"),
    makeRun("2026-01-01T00:30:00Z", "Complete"),
    makeRun("2026-01-01T00:20:00Z", "Failed"),
    makeRun("2026-01-01T00:40:00Z", "ValidationFailed"),
    makeRun("2026-01-01T00:05:00Z", "Complete", true),
    makeRun("2026-01-01T00:50:00Z", "Running"),
  ];
  const first = nameAt("2026-01-01T00:10:00Z");
  const second = nameAt("2026-01-01T00:30:00Z");
  it.each<[string, Partial<RayCronJobSpec>, readonly string[]]>([
    ["without limits everything is kept", {}, []],
    ["of those that succeeded, the last", { successfulJobsHistoryLimit: 1 }, [first]],
    ["of those that succeeded, none", { successfulJobsHistoryLimit: 0 }, [second, first]],
    ["of those that failed, the last", { failedJobsHistoryLimit: 1 }, [nameAt("2026-01-01T00:20:00Z")]],
    ["fewer than the limit", { successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 9 }, []],
    ["while it is suspended, too", { suspend: true, successfulJobsHistoryLimit: 1 }, [first]],
  ])("%s", (_, spec, removes) => {
    expect(summaryOf(planAt("2026-01-01T01:30:00Z", makeCron(spec, ran), { jobs })).removes).toEqual(removes);
  });
});

describe("a RayCronJob that starts nothing", () => {
  const suspended: RayCronJobStatus = {
    lastScheduleTime: "2026-01-01T01:00:00Z",
    reason: "Suspended",
    message: "no RayJob is started while suspend is true",
  };
  it.each<[string, RayCronJobStatus, readonly string[]]>([
    ["told", ran, ["Normal SuspendedRayCronJob Suspend: default/nightly: no RayJob is started while suspend is true"]],
    ["told once", suspended, []],
  ])("suspended: %s", (_, status, events) => {
    expect(summaryOf(planAt("2026-01-01T05:00:00Z", makeCron({ suspend: true }, status)))).toEqual({
      creates: [],
      removes: [],
      status: suspended,
      events,
      requeueAfterMs: undefined,
    });
  });

  it("starts the last run that was due meanwhile when it is resumed", () => {
    const plan = planAt("2026-01-01T05:10:00Z", makeCron({}, suspended));
    expect(summaryOf(plan)).toMatchObject({
      creates: [nameAt("2026-01-01T05:00Z")],
      status: { lastScheduleTime: "2026-01-01T05:00:00Z", nextScheduleTime: "2026-01-01T06:00:00Z" },
    });
  });

  const longName = "a".repeat(37);
  it.each<[string, string, Partial<RayCronJobSpec>, string]>([
    ["a long name", longName, {}, "RayCronJob name should be no more than 36 characters"],
    [
      "a name that no RayJob may have",
      "1st",
      {},
      "RayCronJob name should be a valid DNS1035 label: a lowercase letter first, then lowercase letters, digits or '-', and no '-' at the end",
    ],
    [
      "a zone in the schedule",
      "c",
      { schedule: "TZ=UTC 0 0 * * *" },
      "schedule: a time zone belongs in timeZone, not in the schedule",
    ],
    ["a schedule that cannot be read", "c", { schedule: "61 * * * *" }, "schedule: minute 61 is not between 0 and 59"],
    ["a schedule that never comes", "c", { schedule: "0 0 30 2 *" }, 'schedule: "0 0 30 2 *" never comes'],
    ["an unknown zone", "c", { timeZone: "Mars/Olympus" }, 'timeZone: "Mars/Olympus" is not a known time zone'],
    ["an empty zone", "c", { timeZone: "" }, 'timeZone: "" is not a known time zone'],
    [
      "a template without a cluster",
      "c",
      { jobTemplate: { entrypoint: "x" } },
      "jobTemplate: one of rayClusterSpec or clusterSelector must be set",
    ],
    [
      "a template that is suspended for ever",
      "c",
      { jobTemplate: { ...jobTemplate, suspend: true } },
      "jobTemplate: a RayJob with shutdownAfterJobFinishes set to false is not allowed to be suspended",
    ],
  ])("invalid: %s", (_, name, spec, message) => {
    const cron = makeCron(spec, ran);
    const root = { ...cron, metadata: { ...cron.metadata, name } };
    const told = summaryOf(planAt("2026-01-01T05:00:00Z", root));
    const status = { lastScheduleTime: "2026-01-01T01:00:00Z", reason: "ValidationFailed" as const, message };
    const event = `Warning InvalidRayCronJobSpec Validate: default/${name}: ${message}`;
    expect(told).toEqual({ creates: [], removes: [], status, events: [event], requeueAfterMs: undefined });
    expect(summaryOf(planAt("2026-01-01T05:00:00Z", { ...root, status })).events).toEqual([]);
  });

  it.each([36, 37])("a name of %i characters is as long as its RayJob's may be", (length) => {
    const cron = makeCron();
    const root = { ...cron, metadata: { ...cron.metadata, name: "a".repeat(length) } };
    expect(planAt("2026-01-01T01:00:00Z", root).apply.length).toBe(length === 36 ? 1 : 0);
  });

  it("leaves the template's managedBy and suspend to the RayJob: a queue starts it", () => {
    const template = {
      ...jobTemplate,
      suspend: true,
      shutdownAfterJobFinishes: true,
      managedBy: "kueue.x-k8s.io/multikueue",
    };
    const [apply] = planAt("2026-01-01T01:00:00Z", makeCron({ jobTemplate: template })).apply;
    expect(apply?.target).toMatchObject({ spec: { suspend: true, managedBy: "kueue.x-k8s.io/multikueue" } });
  });
});
