/** What a reconcile does in each state of a RayJob: a row per way on, and rows in which there is nothing to do. */
import { describe, expect, it } from "vitest";
import { makeClusterSpec, makeHead } from "../../api/ray/samples.test-support.ts";
import type { Job } from "../../api/batch/job.ts";
import type { Service } from "../../api/core/service.ts";
import type { RayJobSpec, RayJobStatus } from "../../api/ray/types.ts";
import {
  clusterName,
  dashboardURL,
  headWith,
  initializing,
  jobOf,
  makeWorldCluster,
  options,
  reconcile,
  running,
  type Scene,
  start,
  submitter,
  time,
  up,
} from "./model.test-support.ts";
import { joinSteps } from "../../runtime/steps.ts";
import type { SubmitQuestion } from "./actions.ts";
import { headService, rayCluster, submitterJob } from "./events.ts";
import { planRayJob, planRayJobDeletion } from "./plan.ts";

const nothing = { apply: [], remove: [], events: [] };

const selector = { clusterSelector: { "ray.io/cluster": clusterName } };
const replicaFailure = {
  type: "ReplicaFailure",
  status: "True",
  reason: "FailedCreateHeadPod",
  message: "no more pods",
  lastTransitionTime: start,
} as const;
const changes = (scene: Scene): Partial<RayJobStatus> => {
  const { status = {} } = reconcile(scene);
  const before: RayJobStatus = scene.status ?? {};
  const keys = new Set([...Object.keys(status), ...Object.keys(before)]) as Set<keyof RayJobStatus>;
  const differ = [...keys].filter((key) => JSON.stringify(status[key]) !== JSON.stringify(before[key]));
  return Object.fromEntries(differ.map((key) => [key, status[key]]));
};

describe("a new RayJob", () => {
  it("gets its names and begins at once", () => {
    expect(reconcile({ seconds: 0 })).toEqual({
      apply: [],
      remove: [],
      events: [],
      requeueAfterMs: 0,
      status: {
        jobId: expect.stringMatching(/^sample-[a-z0-9]{5}$/),
        rayClusterName: expect.stringMatching(/^sample-[a-z0-9]{5}$/),
        jobStatus: "",
        jobDeploymentStatus: "Initializing",
        startTime: start,
        succeeded: 0,
        failed: 0,
      },
    });
  });

  it.each<[string, Partial<RayJobSpec>, Partial<RayJobStatus>]>([
    ["with an id of its own keeps it", { jobId: "mine" }, { jobId: "mine" }],
    ["on a chosen cluster names that", selector, { rayClusterName: clusterName }],
  ])("%s", (_, spec, expected) => {
    expect(reconcile({ spec }).status).toMatchObject(expected);
  });

  it("that is interactive has no id yet", () => {
    expect(reconcile({ spec: { submissionMode: "InteractiveMode" } }).status).not.toHaveProperty("jobId");
  });

  it("that breaks a rule says so once, and starts when it is mended", () => {
    const spec = { backoffLimit: -1 };
    const told = reconcile({ spec });
    const text = "backoffLimit must not be negative";
    expect(told).toEqual({
      apply: [],
      remove: [],
      events: [
        { type: "Warning", reason: "InvalidRayJobSpec", action: "Validate", message: `default/sample: ${text}` },
      ],
      status: { jobDeploymentStatus: "ValidationFailed", reason: "ValidationFailed", message: text },
    });
    expect(reconcile({ spec, status: told.status })).toEqual({ ...told, events: [] });
    expect(reconcile({ status: told.status }).status).toMatchObject({
      jobDeploymentStatus: "Initializing",
      startTime: time(61),
    });
  });

  it.each([
    ["runtimeEnvYAML", { runtimeEnvYAML: "just text" }, /runtimeEnvYAML: /],
    ["entrypointResources", { entrypointResources: '{"a":"b"}' }, /entrypointResources: /],
  ])("with %s that cannot be read is invalid", (_, spec, message) => {
    expect(reconcile({ spec }).status?.message).toMatch(message);
  });

  it("edited to break a rule while it runs goes on where it was once mended, its clock too", () => {
    const broken = reconcile({ spec: { backoffLimit: -1 }, status: running, world: up() });
    expect(broken).toMatchObject({ apply: [], remove: [], status: { jobDeploymentStatus: "ValidationFailed" } });
    expect(reconcile({ status: broken.status, world: up() }).status).toMatchObject({
      jobId: running.jobId,
      rayClusterName: clusterName,
      startTime: start,
      dashboardURL,
    });
  });
});

describe("an initializing RayJob", () => {
  it("makes its RayCluster", () => {
    const { apply, status } = reconcile({ status: initializing });
    expect(apply).toEqual([
      {
        kind: expect.objectContaining({ kind: "RayCluster" }),
        mode: "create",
        target: {
          apiVersion: "ray.io/v1",
          kind: "RayCluster",
          metadata: {
            name: clusterName,
            namespace: "default",
            labels: {
              "ray.io/originated-from-cr-name": "sample",
              "ray.io/originated-from-crd": "RayJob",
              "ray.io/job-submission-mode": "K8sJobMode",
            },
            ownerReferences: [
              {
                apiVersion: "ray.io/v1",
                kind: "RayJob",
                name: "sample",
                uid: "job-uid",
                controller: true,
                blockOwnerDeletion: true,
              },
            ],
          },
          spec: makeClusterSpec(),
        },
        as: rayCluster,
      },
    ]);
    expect(status).toEqual(initializing);
  });

  it("in SidecarMode puts the submitter beside the head", () => {
    const { apply } = reconcile({ spec: { submissionMode: "SidecarMode" }, status: initializing });
    const cluster = apply[0]?.target as ReturnType<typeof makeWorldCluster> | undefined;
    expect(cluster?.metadata.annotations).toEqual({ "ray.io/disable-provisioned-head-restart": "true" });
    const pod = cluster?.spec.headGroupSpec.template.spec;
    expect(pod?.restartPolicy).toBe("Never");
    expect(pod?.containers.map(({ name }) => name)).toEqual(["ray-head", "ray-job-submitter"]);
    expect(pod?.containers[1]?.args?.[0]).not.toMatch(/--no-wait|fi ;/);
  });

  it("follows the cluster's status while that is not ready, and is requeued for its deadline", () => {
    const world = { cluster: makeWorldCluster({ desiredCPU: "2" }) };
    expect(reconcile({ status: initializing, world })).toEqual({
      apply: [],
      remove: [],
      events: [],
      status: { ...initializing, rayClusterStatus: { desiredCPU: "2" } },
    });
    const spec = { preRunningDeadlineSeconds: 100 };
    expect(reconcile({ spec, status: initializing, world }).requeueAfterMs).toBe(39_000);
  });

  it.each<[string, Scene["world"], string]>([
    [
      "a refused write",
      { failures: [{ verb: "Create", reason: "Forbidden", message: "exceeded quota" }] },
      "exceeded quota",
    ],
    ["pods that cannot be made", { cluster: makeWorldCluster({ conditions: [replicaFailure] }) }, "no more pods"],
    ["a cluster that breaks a rule", { cluster: makeWorldCluster({ reason: "bad" }) }, "bad"],
  ])("says what it waits for: %s", (_, world, message) => {
    expect(reconcile({ status: initializing, world }).status?.message).toBe(message);
    const told = { ...initializing, message };
    expect(reconcile({ status: told, world: { cluster: makeWorldCluster({}) } }).status?.message).toBeUndefined();
    expect(reconcile({ status: told, world: up() }).status?.message).toBeUndefined();
  });

  it("makes the submitter when the cluster is ready, and runs when it is there", () => {
    const world = { ...up(), submitter: undefined };
    const first = reconcile({ status: initializing, world });
    expect(first.apply.map(({ kind, target }) => [kind.kind, target.metadata.name])).toEqual([["Job", "sample"]]);
    expect(first.status).toEqual(initializing);
    expect(reconcile({ status: initializing, world: up() })).toMatchObject({
      apply: [],
      requeueAfterMs: 0,
      status: { jobDeploymentStatus: "Running", dashboardURL, rayClusterStatus: { state: "ready" } },
    });
  });

  it.each<[string, Scene, Partial<RayJobStatus>]>([
    [
      "waits when interactive",
      { spec: { submissionMode: "InteractiveMode" }, world: up() },
      { jobDeploymentStatus: "Waiting" },
    ],
    [
      "runs without a submitter over HTTP",
      { spec: { submissionMode: "HTTPMode" }, world: { ...up(), submitter: undefined } },
      { jobDeploymentStatus: "Running" },
    ],
    [
      "runs when its sidecar has ended before the cluster was ready",
      {
        spec: { submissionMode: "SidecarMode" },
        world: {
          ...up(),
          cluster: makeWorldCluster({}),
          headPod: headWith({ terminated: { exitCode: 0, finishedAt: time(50) } }),
        },
      },
      { jobDeploymentStatus: "Running" },
    ],
    ["suspends", { spec: { suspend: true, shutdownAfterJobFinishes: true } }, { jobDeploymentStatus: "Suspending" }],
    [
      "fails at its deadline",
      { spec: { activeDeadlineSeconds: 61 } },
      { jobDeploymentStatus: "Failed", reason: "DeadlineExceeded", failed: 1, endTime: time(61) },
    ],
    [
      "goes on after a night in which the machine slept",
      { spec: { activeDeadlineSeconds: 50, preRunningDeadlineSeconds: 50 }, slept: [1, 40] },
      { jobDeploymentStatus: "Initializing" },
    ],
    [
      "fails at its deadline for starting",
      { spec: { preRunningDeadlineSeconds: 61 } },
      { jobDeploymentStatus: "Failed", reason: "PreRunningDeadlineExceeded" },
    ],
    [
      "tries again after its deadline for starting",
      { spec: { preRunningDeadlineSeconds: 61, backoffLimit: 1 } },
      { jobDeploymentStatus: "Retrying", failed: 1 },
    ],
  ])("%s", (_, scene, expected) => {
    expect(reconcile({ status: initializing, ...scene }).status).toMatchObject(expected);
  });

  it("says that the head has no dashboard port, and waits for the Service to change", () => {
    const { headService, ...others } = up();
    const ports = headService?.spec.ports?.filter(({ name }) => name !== "dashboard");
    const world = { ...others, headService: { ...headService, spec: { ...headService?.spec, ports } } as Service };
    const found = reconcile({ status: initializing, world });
    expect(found.status).toMatchObject({
      jobDeploymentStatus: "Initializing",
      message: `dashboard port is not found: Service ${clusterName}-head-svc has no port of that name. Name the port of the head's Ray container that serves the dashboard (8265) so.`,
    });
    expect([found.apply, found.requeueAfterMs]).toEqual([[], undefined]);
  });

  it("waits for a chosen cluster that is not there", () => {
    const { apply, events, requeueAfterMs } = reconcile({ spec: selector, status: initializing });
    expect({ apply, reasons: events.map(({ reason }) => reason), requeueAfterMs }).toEqual({
      apply: [],
      reasons: ["RayClusterNotFound"],
      requeueAfterMs: undefined,
    });
  });
});

describe("a waiting RayJob", () => {
  const waiting = { ...initializing, jobDeploymentStatus: "Waiting" } as const;
  const interactive = { submissionMode: "InteractiveMode" } as const;
  it.each<[string, Partial<RayJobSpec>, Partial<RayJobStatus>]>([
    ["has nothing to do without an id", {}, {}],
    ["runs when told the id", { jobId: "told" }, { jobId: "told", jobDeploymentStatus: "Running" }],
    ["suspends", { suspend: true, shutdownAfterJobFinishes: true }, { jobDeploymentStatus: "Suspending" }],
    ["fails at its deadline for starting", { preRunningDeadlineSeconds: 1 }, { reason: "PreRunningDeadlineExceeded" }],
  ])("%s", (_, spec, expected) => {
    expect(changes({ spec: { ...interactive, ...spec }, status: waiting, world: up() })).toMatchObject(expected);
  });
});

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

describe("a RayJob that is taken down", () => {
  const retrying: RayJobStatus = { ...running, jobDeploymentStatus: "Retrying", failed: 1 };
  it("deletes its cluster and its submitter, and waits until both are gone", () => {
    const { remove, status } = reconcile({ status: retrying, world: up() });
    expect(remove.map(({ target, as }) => [target.kind.kind, target.name, as])).toEqual([
      ["RayCluster", clusterName, rayCluster],
      ["Job", "sample", submitterJob],
    ]);
    expect(status).toBeUndefined();
    const cluster = makeWorldCluster();
    const leaving = { ...cluster, metadata: { ...cluster.metadata, deletionTimestamp: start } };
    expect(reconcile({ status: retrying, world: { cluster: leaving } })).toEqual(nothing);
  });

  it("leaves a chosen cluster alone", () => {
    expect(reconcile({ spec: selector, status: retrying, world: { cluster: makeWorldCluster() } }).remove).toEqual([]);
  });

  it.each([
    ["begins anew when it is tried again", "Retrying", ""],
    ["is suspended when it was to be", "Suspending", "Suspended"],
  ] as const)("%s", (_, from, to) => {
    const spec = { suspend: true, shutdownAfterJobFinishes: true };
    const status = { ...retrying, jobDeploymentStatus: from, endTime: start };
    expect(reconcile({ spec, status }).status).toEqual({
      startTime: start,
      endTime: start,
      succeeded: 0,
      failed: 1,
      jobStatus: "",
      jobDeploymentStatus: to,
    });
  });

  it("has nothing to do while suspended, and begins anew when it may", () => {
    const suspended = {
      startTime: start,
      failed: 0,
      succeeded: 0,
      jobStatus: "",
      jobDeploymentStatus: "Suspended",
    } as const;
    const spec = { suspend: true, shutdownAfterJobFinishes: true };
    expect(reconcile({ spec, status: suspended })).toEqual(nothing);
    expect(reconcile({ status: suspended }).status).toMatchObject({
      jobDeploymentStatus: "Initializing",
      startTime: time(61),
    });
  });
});

describe("a RayJob that is deleted", () => {
  const release = { apply: [], remove: [], events: [], releaseFinalizer: true };
  const world = { failures: [], ...up() };
  it("is stopped in Ray first, once", () => {
    const job = jobOf({ status: running });
    const plan = joinSteps(planRayJobDeletion(job, world));
    expect(plan).toMatchObject({
      actions: [{ action: "stop", question: { jobId: "sample-ccccc", address: dashboardURL } }],
    });
    expect(plan.releaseFinalizer).toBeUndefined();
    const stop = { question: {}, at: new Date(start), outcome: { ok: false, error: "no answer" } as const };
    expect(joinSteps(planRayJobDeletion(job, { ...world, stop }))).toEqual(release);
  });

  it.each<[string, Scene]>([
    ["has not been submitted", { status: initializing, world }],
    ["is over", { status: { ...running, jobStatus: "FAILED" }, world }],
    ["has no cluster", { status: running }],
  ])("goes at once when it %s", (_, scene) => {
    expect(joinSteps(planRayJobDeletion(jobOf(scene), { failures: [], ...scene.world }))).toEqual(release);
  });
});

it("a state that is not known is left alone", () => {
  const status = { jobDeploymentStatus: "Sleeping" } as unknown as RayJobStatus;
  expect(planRayJob(jobOf({ status }), { failures: [] }, new Date(start), options)).toEqual([]);
});
