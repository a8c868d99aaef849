/** What a reconcile does while a RayJob runs: its submitter, its cluster, its deadline, its end. */
import { describe, expect, it } from "vitest";
import { makeClusterSpec, makeHead } from "../../api/ray/samples.test-support.ts";
import type { Job } from "../../api/batch/job.ts";
import type { Service } from "../../api/core/service.ts";
import type { RayJobStatus } from "../../api/ray/types.ts";
import {
  changes,
  clusterName,
  dashboardURL,
  headWith,
  reconcile,
  running,
  selector,
  type Scene,
  start,
  submitter,
  time,
  up,
} from "./model.test-support.ts";
import type { SubmitQuestion } from "./actions.ts";
import { headService } from "./events.ts";

describe("a running RayJob", () => {
  const rows: readonly (readonly [what: string, scene: Scene, expected: Partial<RayJobStatus>])[] = [
    [
      "has nothing to tell while Ray says that it runs",
      { ray: { info: { status: "RUNNING" } } },
      { message: "", rayJobInfo: {} },
    ],
    ["has nothing to tell before Ray has answered", {}, {}],
    [
      "notes when Ray said that it succeeded, and waits for the submitter",
      {
        ray: {
          info: { status: "SUCCEEDED", message: "fine", start_time: Date.parse(start), end_time: Date.parse(time(50)) },
        },
      },
      { jobStatus: "SUCCEEDED", message: "fine", rayJobInfo: { startTime: start, endTime: time(50) } },
    ],
    [
      "is complete once the submitter has ended, too",
      {
        world: { ...up(), submitter: submitter("Complete") },
        ray: { info: { status: "SUCCEEDED" } },
      },
      { jobStatus: "SUCCEEDED", jobDeploymentStatus: "Complete", succeeded: 1, endTime: time(61) },
    ],
    [
      "is complete by what Ray said last, without asking again",
      {
        status: { ...running, jobStatus: "SUCCEEDED" },
        world: { ...up(), submitter: submitter("Complete") },
      },
      { jobDeploymentStatus: "Complete", succeeded: 1 },
    ],
    [
      "is complete by Ray's word though its submitter failed",
      {
        world: { ...up(), submitter: submitter("Failed") },
        ray: { info: { status: "SUCCEEDED" } },
      },
      { jobDeploymentStatus: "Complete" },
    ],
    [
      "is complete when it was stopped in Ray",
      {
        world: { ...up(), submitter: submitter("Complete") },
        ray: { info: { status: "STOPPED" } },
      },
      { jobStatus: "STOPPED", jobDeploymentStatus: "Complete" },
    ],
    [
      "failed when Ray says so",
      {
        world: { ...up(), submitter: submitter("Failed") },
        ray: { info: { status: "FAILED", message: "exit code 1" } },
      },
      { jobStatus: "FAILED", jobDeploymentStatus: "Failed", reason: "AppFailed", message: "exit code 1", failed: 1 },
    ],
    [
      "runs on when its log stream broke",
      {
        world: { ...up(), submitter: submitter("Complete") },
        seconds: 600,
        ray: { info: { status: "RUNNING" } },
      },
      {},
    ],
    [
      "failed when the submitter did and Ray only runs",
      {
        world: { ...up(), submitter: submitter("Failed") },
        ray: { info: { status: "PENDING" } },
      },
      {
        jobDeploymentStatus: "Failed",
        reason: "SubmissionFailed",
        message: "Job submission has failed. Reason: BackoffLimitExceeded. Message: 3 of 3",
      },
    ],
    [
      "failed when the submitter did and Ray is silent",
      {
        world: { ...up(), submitter: submitter("Failed") },
        ray: { error: "no answer" },
      },
      { reason: "SubmissionFailed" },
    ],
    [
      "is lost when the submitter is done and Ray knows nothing",
      {
        world: { ...up(), submitter: submitter("Complete") },
        ray: {},
      },
      { reason: "AppFailed", message: "Submitter completed but Ray job not found in RayCluster." },
    ],
    ["waits while Ray does not know it yet", { status: { ...running, jobStatus: "" }, ray: {} }, {}],
    [
      "of a mode that nobody knows waits for somebody to submit it",
      { spec: { submissionMode: "ByHand" }, status: { ...running, jobStatus: "" }, ray: {} },
      {},
    ],
    ["starts the clock of silence", { ray: { error: "no answer" } }, { jobStatusCheckFailureStartTime: time(61) }],
    [
      "stops it when Ray answers",
      {
        status: { ...running, jobStatusCheckFailureStartTime: time(50) },
        ray: { info: { status: "RUNNING" } },
      },
      { jobStatusCheckFailureStartTime: undefined },
    ],
    [
      "asks first, however long ago the submitter ended",
      {
        world: { ...up(), submitter: submitter("Complete") },
        seconds: 600,
      },
      {},
    ],
    [
      "failed when Ray is silent for 30 s after the submitter's end",
      {
        world: { ...up(), submitter: submitter("Complete") },
        seconds: 90,
        ray: { error: "no answer" },
      },
      { jobStatus: "FAILED", reason: "JobDeploymentStatusTransitionGracePeriodExceeded" },
    ],
    [
      "failed when Ray is silent for 300 s",
      { status: { ...running, jobStatusCheckFailureStartTime: time(61) }, seconds: 361 },
      { jobDeploymentStatus: "Failed", reason: "JobStatusCheckTimeoutExceeded" },
    ],
    [
      "is complete when the submitter hangs for 300 s",
      {
        status: { ...running, jobStatus: "SUCCEEDED", rayJobInfo: { endTime: start } },
        seconds: 300,
      },
      { jobDeploymentStatus: "Complete", reason: "JobDeploymentStatusTransitionGracePeriodExceeded" },
    ],
    [
      "failed at its deadline, and is not tried again",
      { spec: { activeDeadlineSeconds: 61, backoffLimit: 3 } },
      { jobDeploymentStatus: "Failed", reason: "DeadlineExceeded", failed: 1 },
    ],
    [
      "is tried again as often as it may be",
      {
        spec: { backoffLimit: 1 },
        world: { ...up(), submitter: submitter("Failed") },
        ray: { info: { status: "FAILED" } },
      },
      { jobDeploymentStatus: "Retrying", failed: 1 },
    ],
    [
      "is not tried again after its last retry",
      {
        spec: { backoffLimit: 1 },
        status: { ...running, failed: 1 },
        world: { ...up(), submitter: submitter("Failed") },
        ray: { info: { status: "FAILED" } },
      },
      { jobDeploymentStatus: "Failed", failed: 2 },
    ],
    ["suspends", { spec: { suspend: true, shutdownAfterJobFinishes: true } }, { jobDeploymentStatus: "Suspending" }],
    [
      "over HTTP ends without a submitter",
      { spec: { submissionMode: "HTTPMode" }, ray: { info: { status: "SUCCEEDED" } } },
      { jobDeploymentStatus: "Complete" },
    ],
    [
      "with a sidecar ends with it",
      {
        spec: { submissionMode: "SidecarMode" },
        world: { ...up(), headPod: headWith({ terminated: { exitCode: 0, finishedAt: time(60) } }) },
        ray: { info: { status: "SUCCEEDED" } },
      },
      { jobDeploymentStatus: "Complete" },
    ],
    [
      "with a failed sidecar failed",
      {
        spec: { submissionMode: "SidecarMode" },
        world: { ...up(), headPod: headWith({ terminated: { exitCode: 2, reason: "Error", finishedAt: time(60) } }) },
        ray: { info: { status: "RUNNING" } },
      },
      {
        reason: "SubmissionFailed",
        message: "Ray head pod container ray-job-submitter terminated with exit code 2: Error",
      },
    ],
    [
      "with a sidecar and no head is lost",
      { spec: { submissionMode: "SidecarMode" } },
      { jobDeploymentStatus: "Failed", reason: "AppFailed", message: "Ray head pod not found." },
    ],
  ];
  const settled: RayJobStatus = { ...running, rayClusterStatus: { state: "ready" } };

  it.each(rows)("%s", (_, scene, expected) => {
    const status = scene.status ? { ...settled, ...scene.status } : settled;
    const found = changes({ world: up(), ...scene, status });
    if (Object.keys(expected).length === 0)
      expect(found).toEqual(scene.ray && "info" in scene.ray ? expect.any(Object) : {});
    else expect(found).toMatchObject(expected);
    if (expected.jobDeploymentStatus === undefined)
      expect(found.jobDeploymentStatus).toBe(expected.reason ? "Failed" : undefined);
  });

  it("asks Ray every 3 s, and at once when the submitter ends", () => {
    const question = {
      jobId: "sample-ccccc",
      address: dashboardURL,
      service: "sample-bbbbb-head-svc",
      cluster: clusterName,
      since: "",
    };
    expect(reconcile({ status: running, world: up() }).actions).toEqual([
      { action: "job-info", question, repeatAfterMs: 3000 },
    ]);
    const world = { ...up(), submitter: submitter("Complete") };
    expect(reconcile({ status: running, world }).actions?.[0]?.question).toEqual({ ...question, since: time(60) });
  });

  it("names the secret of a cluster that asks for a token", () => {
    const world = up(makeClusterSpec({ authOptions: { mode: "token" } }));
    expect(reconcile({ status: running, world }).actions?.[0]?.question).toMatchObject({ tokenSecret: clusterName });
    const own = up(makeClusterSpec({ authOptions: { mode: "token", secretName: "mine" } }));
    expect(reconcile({ status: running, world: own }).actions?.[0]?.question).toMatchObject({ tokenSecret: "mine" });
  });

  it("gives the head a name of the job's, and turns it to the next attempt's cluster", () => {
    const [created] = reconcile({ status: running, world: up() }).apply;
    expect(created?.target).toEqual({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "sample-head-svc",
        namespace: "default",
        labels: {
          "ray.io/originated-from-cr-name": "sample",
          "ray.io/originated-from-crd": "RayJob",
          "ray.io/node-type": "head",
          "ray.io/identifier": "sample-head",
        },
        ownerReferences: [expect.objectContaining({ kind: "RayJob", controller: true })],
      },
      spec: (up().headService ?? { spec: {} }).spec,
    });
    const ownService = created?.target as NonNullable<ReturnType<typeof up>["headService"]>;
    expect(reconcile({ status: running, world: { ...up(), ownService } }).apply).toEqual([]);
    const old = {
      ...ownService,
      spec: { ...ownService.spec, selector: { "ray.io/cluster": "sample-old" }, ports: [] },
    };
    const [turned] = reconcile({ status: running, world: { ...up(), ownService: old } }).apply;
    expect(turned).toMatchObject({ mode: "patch", as: headService });
    // All but the address, which stays: the next attempt's head may listen elsewhere.
    const { clusterIP: _, ...spec } = ownService.spec;
    expect((turned?.target as typeof ownService | undefined)?.spec).toEqual(spec);
    expect(reconcile({ spec: selector, status: running, world: up() }).apply).toEqual([]);
  });

  it("leaves a Service of that name alone which is not its own, and says so", () => {
    const { headService } = up();
    const ownService = { ...headService, metadata: { name: "sample-head-svc", namespace: "default" } } as Service;
    const { apply, events } = reconcile({ status: running, world: { ...up(), ownService } });
    expect(apply).toEqual([]);
    expect(events).toEqual([
      {
        type: "Warning",
        reason: "FailedToCreateService",
        action: "Create",
        message: "Service default/sample-head-svc exists already and is not this RayJob's: it is left as it is",
      },
    ]);
  });

  it("submits from the image that its cluster runs, whatever its spec says by now", () => {
    const edited = makeClusterSpec({ headGroupSpec: makeHead({}, { image: "other" }) });
    const { apply } = reconcile({
      spec: { rayClusterSpec: edited },
      status: running,
      world: { ...up(), submitter: undefined },
    });
    const job = apply.find(({ kind }) => kind.kind === "Job")?.target as Job | undefined;
    const [ray] = makeClusterSpec().headGroupSpec.template.spec.containers;
    expect(job?.spec.template.spec.containers[0]?.image).toBe(ray?.image);
  });

  it("makes a lost submitter again", () => {
    const { apply } = reconcile({ status: running, world: { ...up(), submitter: undefined } });
    expect(apply.map(({ kind }) => kind.kind)).toEqual(["Service", "Job"]);
  });

  it("over HTTP submits what Ray does not know, tells a refusal, and asks at once after it got through", () => {
    const spec = {
      submissionMode: "HTTPMode",
      runtimeEnvYAML: "env_vars:\n  A: yes\npip: [torch]\n",
      entrypointResources: '{"head": 1}',
      metadata: { a: "b" },
    };
    const status = { ...running, jobStatus: "" } as const;
    const unknown = reconcile({ spec, status, world: up(), ray: {} });
    const submit = unknown.actions?.find(({ action }) => action === "submit");
    expect(submit?.question["request"]).toEqual({
      entrypoint: "python main.py",
      submission_id: "sample-ccccc",
      runtime_env: { env_vars: { A: true }, pip: ["torch"] },
      metadata: { a: "b" },
      entrypoint_num_cpus: undefined,
      entrypoint_num_gpus: undefined,
      entrypoint_resources: { head: 1 },
    });
    const submission = { question: submit?.question as SubmitQuestion, at: new Date(time(60)) };
    const refused = { ...submission, outcome: { ok: false, error: "HTTP 500" } as const };
    expect(reconcile({ spec, status, world: { ...up(), submission: refused }, ray: {} }).status).toMatchObject({
      message: "HTTP 500",
      jobStatusCheckFailureStartTime: time(61),
    });
    const done = { ...submission, outcome: { ok: true, value: undefined } as const };
    const next = reconcile({ spec, status, world: { ...up(), submission: done } });
    expect(next.actions?.map(({ action, question }) => [action, question["since"]])).toEqual([
      ["job-info", "2026-01-01T00:01:00.000Z"],
    ]);
  });

  it("makes its cluster again when somebody deleted it", () => {
    const { apply } = reconcile({ status: running, world: { submitter: submitter() } });
    expect(apply.map(({ kind, target }) => [kind.kind, target.metadata.name])).toEqual([["RayCluster", clusterName]]);
  });
});
