/** What a reconcile does in each state of a RayJob: a row per way on, and rows in which there is nothing to do. */
import { describe, expect, it } from "vitest";
import { makeClusterSpec } from "../../api/ray/samples.test-support.ts";
import type { Service } from "../../api/core/service.ts";
import type { RayJobSpec, RayJobStatus } from "../../api/ray/types.ts";
import { checkedPlan } from "../../testing/checked-plan.ts";
import {
  changes,
  clusterName,
  dashboardURL,
  headWith,
  initializing,
  jobOf,
  makeWorldCluster,
  nothing,
  options,
  reconcile,
  replicaFailure,
  running,
  selector,
  type Scene,
  spec,
  start,
  time,
  up,
} from "./model.test-support.ts";
import { rayCluster, submitterJob } from "./events.ts";
import { planRayJob, planRayJobDeletion } from "./plan.ts";

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
    const plan = checkedPlan(spec, planRayJobDeletion, job, world);
    expect(plan).toMatchObject({
      actions: [{ action: "stop", question: { jobId: "sample-ccccc", address: dashboardURL } }],
    });
    expect(plan.releaseFinalizer).toBeUndefined();
    const stop = { question: {}, at: new Date(start), outcome: { ok: false, error: "no answer" } as const };
    expect(checkedPlan(spec, planRayJobDeletion, job, { ...world, stop })).toEqual(release);
  });

  it.each<[string, Scene]>([
    ["has not been submitted", { status: initializing, world }],
    ["is over", { status: { ...running, jobStatus: "FAILED" }, world }],
    ["has no cluster", { status: running }],
  ])("goes at once when it %s", (_, scene) => {
    expect(checkedPlan(spec, planRayJobDeletion, jobOf(scene), { failures: [], ...scene.world })).toEqual(release);
  });
});

it("a state that is not known is left alone", () => {
  const status = { jobDeploymentStatus: "Sleeping" } as unknown as RayJobStatus;
  expect(planRayJob(jobOf({ status }), { failures: [] }, new Date(start), options)).toEqual([]);
});
