import { describe, expect, it } from "vitest";
import type { Job } from "../../api/batch/job.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import { inPlaceRestartAttemptAnnotation } from "../../api/jobset/labels.ts";
import type { JobSet } from "../../api/jobset/types.ts";
import { joinSteps } from "../../runtime/steps.ts";
import { claimNoun, jobNoun, serviceNoun } from "./events.ts";
import {
  before,
  childOf,
  complete,
  conditionAt,
  counts,
  creationOf,
  deletionOf,
  event,
  failed,
  failedWith,
  type Made,
  makeChild,
  makeJobSet,
  makeReplicatedJob,
  makeWorld,
  now,
  patchOf,
  pending,
  running,
  statusOf,
  terminating,
} from "./model.test-support.ts";
import type { World } from "./observe.ts";
import { planJobSet } from "./plan.ts";

interface Row {
  readonly jobSet?: Made;
  readonly jobs?: (jobSet: JobSet) => readonly Job[];
  readonly world?: Partial<World>;
  readonly gates?: JobSetGates;
  readonly at?: Date;
  /** What differs from a plan that does nothing. */
  readonly plan: (jobSet: JobSet) => Readonly<Record<string, unknown>>;
}

function check({ jobSet: made, jobs, world, gates = {}, at = now, plan }: Row): void {
  const jobSet = makeJobSet(made);
  const seen = makeWorld({ jobs: jobs?.(jobSet) ?? [], ...world });
  expect(joinSteps(planJobSet(jobSet, seen, at, gates))).toEqual({
    apply: [],
    remove: [],
    events: [],
    ...plan(jobSet),
  });
}

const rows = (table: Readonly<Record<string, Row>>) => {
  for (const [sentence, row] of Object.entries(table)) it(sentence, () => check(row));
};

const two = { replicatedJobs: [makeReplicatedJob("a"), makeReplicatedJob("b", { replicas: 3 })] };
const podAtAttempt = (attempt: string): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", annotations: { [inPlaceRestartAttemptAnnotation]: attempt } },
  spec: { containers: [] },
});
const service = {
  kind: { group: "", version: "v1", kind: "Service", resource: "services", namespaced: true },
  target: {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "js",
      namespace: "ns",
      ownerReferences: [
        {
          apiVersion: "jobset.x-k8s.io/v1alpha2",
          kind: "JobSet",
          name: "js",
          uid: "u1",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { clusterIP: "None", selector: { "jobset.sigs.k8s.io/jobset-name": "js" }, publishNotReadyAddresses: true },
  },
  mode: "create",
  as: serviceNoun,
  accepts: "any",
};

describe("starting", () => {
  rows({
    "does nothing when everything is as it should be": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 1 })]) },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "creates the Service, then all Jobs at once, and writes zeros from the last name to the first": {
      jobSet: { spec: two },
      world: { hasService: false },
      plan: (jobSet) => ({
        apply: [service, ...["a-0", "b-0", "b-1", "b-2"].map((name) => creationOf(jobSet, name))],
        status: statusOf([counts("b"), counts("a")]),
      }),
    },
    "waits with a first status that says nothing": {
      at: new Date("2026-01-01T00:00:00.500Z"),
      plan: (jobSet) => ({ apply: [creationOf(jobSet, "w-0")], requeueAfterMs: 1_500 }),
    },
    "waits also with one that says no more than that the Jobs are there": {
      at: new Date("2026-01-01T00:00:00.500Z"),
      jobs: (jobSet) => [makeChild(jobSet, "w-0", pending)],
      plan: () => ({ requeueAfterMs: 1_500 }),
    },
    "but not for long": {
      at: new Date("2026-01-01T00:00:02.000Z"),
      jobs: (jobSet) => [makeChild(jobSet, "w-0", pending)],
      plan: () => ({ status: statusOf([counts("w", { active: 1 })]) }),
    },
    "does not wait when the first status says that they have got going": {
      at: new Date("2026-01-01T00:00:00.500Z"),
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "does not wait when agents in the pods wait for the first status": {
      gates: { inPlaceRestart: true },
      at: new Date("2026-01-01T00:00:00.500Z"),
      jobSet: { spec: { failurePolicy: { restartStrategy: "InPlaceRestart" } } },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", pending)],
      world: { pods: [podAtAttempt("0")] },
      plan: () => ({ status: statusOf([counts("w", { active: 1 })], { currentInPlaceRestartAttempt: 0 }) }),
    },
    "tells of the first ten creations of a replicated job only": {
      jobSet: { spec: { replicatedJobs: [makeReplicatedJob("w", { replicas: 11 })] }, status: statusOf([]) },
      plan: (jobSet) => {
        const creations = Array.from({ length: 11 }, (_, index) => creationOf(jobSet, `w-${index}`));
        const { as: _, ...untold } = creations[10] as ReturnType<typeof creationOf>;
        return { apply: [...creations.slice(0, 10), untold], status: statusOf([counts("w")]) };
      },
    },
    "makes no Service without host names": {
      jobSet: { spec: { network: { enableDNSHostnames: false } }, status: statusOf([counts("w")]) },
      world: { hasService: false },
      plan: (jobSet) => ({ apply: [creationOf(jobSet, "w-0")], status: statusOf([counts("w")]) }),
    },
    "names the Service after the subdomain": {
      jobSet: {
        spec: { network: { subdomain: "net", publishNotReadyAddresses: false } },
        status: statusOf([counts("w", { active: 1, ready: 1 })]),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      world: { hasService: false },
      plan: () => ({
        apply: [
          {
            ...service,
            target: {
              ...service.target,
              metadata: { ...service.target.metadata, name: "net" },
              spec: { ...service.target.spec, publishNotReadyAddresses: false },
            },
          },
        ],
        status: statusOf([counts("w", { active: 1, ready: 1 })]),
      }),
    },
    "makes a Job anew that is gone, even one that had succeeded": {
      jobSet: {
        spec: { replicatedJobs: [makeReplicatedJob("w", { replicas: 2 })] },
        status: statusOf([counts("w", { succeeded: 2 })]),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", complete)],
      plan: (jobSet) => ({ apply: [creationOf(jobSet, "w-1")], status: statusOf([counts("w", { succeeded: 1 })]) }),
    },
    "counts a Job that is terminating where it was": {
      jobSet: { status: statusOf([]) },
      jobs: (jobSet) => [terminating(makeChild(jobSet, "w-0", running))],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "says nothing new of a Job whose pods have ended and are being counted": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 1 })]) },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", { ready: 0, uncountedTerminatedPods: { succeeded: ["pod-uid"] } })],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "counts no Job as active before the Job controller has made its pods": {
      jobSet: { status: statusOf([counts("w")]) },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", {})],
      plan: (jobSet) => ({ status: jobSet.status }),
    },
    "says nothing new of a Job that is about to complete": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 1 })]) },
      jobs: (jobSet) => [
        makeChild(jobSet, "w-0", { succeeded: 1, conditions: [{ type: "SuccessCriteriaMet", status: "True" }] }),
      ],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "says nothing new of a Job whose pods were unready in the end, before it completes": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 0 })]) },
      jobs: (jobSet) => [
        makeChild(jobSet, "w-0", { succeeded: 1, conditions: [{ type: "SuccessCriteriaMet", status: "True" }] }),
      ],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 0 })]) }),
    },
    "never completes without replicas": {
      jobSet: { spec: { replicatedJobs: [makeReplicatedJob("w", { replicas: 0 })] }, status: statusOf([counts("w")]) },
      plan: () => ({ status: statusOf([counts("w")]) }),
    },
    "takes a Job for ready that has as many pods ready or done as can run at once": {
      jobSet: {
        spec: {
          replicatedJobs: [
            makeReplicatedJob("a", {}, { parallelism: 4, completions: 2 }),
            makeReplicatedJob("b", {}, { parallelism: 2, completions: 4 }),
            makeReplicatedJob("c", {}, { parallelism: 0, completions: undefined }),
          ],
        },
        status: statusOf([]),
      },
      jobs: (jobSet) => [
        makeChild(jobSet, "a-0", { active: 1, ready: 1, succeeded: 1, startTime: before }),
        makeChild(jobSet, "b-0", { active: 2, ready: 1, startTime: before }),
        makeChild(jobSet, "c-0", { startTime: before }),
      ],
      plan: () => ({
        status: statusOf([counts("c", { ready: 1 }), counts("b", { active: 1 }), counts("a", { active: 1, ready: 1 })]),
      }),
    },
    "counts no Job of a replicated job that it does not know": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 1 })]) },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running), makeChild(makeJobSet({ spec: two }), "b-0", running)],
      plan: ({ status }) => ({ status }),
    },
    "forgets the restarts of single Jobs when the gate is off": {
      jobSet: { status: statusOf([counts("w", { active: 1, ready: 1, jobRestarts: [1] })]) },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "keeps status fields that it does not know": {
      jobSet: { status: { ...statusOf([counts("w", { active: 1, ready: 1 })]), executionAttempts: 4 } as never },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      plan: () => ({ status: { ...statusOf([counts("w", { active: 1, ready: 1 })]), executionAttempts: 4 } }),
    },
    "writes counters only, and tells nothing, while a write has failed": {
      jobSet: { spec: { suspend: true } },
      world: { failures: [{ verb: "Create", noun: jobNoun, reason: "FailedCreateJob", message: "refused" }] },
      plan: (jobSet) => ({ apply: [creationOf(jobSet, "w-0")], status: statusOf([counts("w")]) }),
    },
  });
});

const suspendedAt = (at?: string) => conditionAt("Suspended", "True", "SuspendedJobs", "jobset is suspended", at);
const resumedNow = conditionAt("Suspended", "False", "ResumeJobs", "jobset is resumed");
const resumption = (name: string) =>
  patchOf(name, { spec: { suspend: false, template: { metadata: {}, spec: {} } } }, { order: 1 });
const placed = {
  metadata: { labels: { q: "1" }, annotations: { n: "2" } },
  spec: {
    containers: [{ name: "main", image: "busybox" }],
    nodeSelector: { zone: "a" },
    tolerations: [{ key: "gpu", operator: "Exists", tolerationSeconds: 5 }],
    schedulingGates: [{ name: "g" }],
  },
};

describe("suspending", () => {
  rows({
    "creates Jobs suspended": {
      jobSet: { spec: { suspend: true } },
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "w-0")],
        status: statusOf([counts("w")], { conditions: [suspendedAt()] }),
        events: [event("Normal", "SuspendedJobs", "jobset is suspended")],
      }),
    },
    "suspends the Jobs that run": {
      jobSet: { spec: { suspend: true }, status: statusOf([counts("w", { active: 1, ready: 1 })]) },
      jobs: () => [makeChild(makeJobSet(), "w-0", running)],
      plan: () => ({
        apply: [patchOf("w-0", { spec: { suspend: true } })],
        status: statusOf([counts("w", { active: 1, ready: 1 })], { conditions: [suspendedAt()] }),
        events: [event("Normal", "SuspendedJobs", "jobset is suspended")],
      }),
    },
    "does nothing to Jobs that are suspended": {
      jobSet: {
        spec: { suspend: true },
        status: statusOf([counts("w", { suspended: 1 })], { conditions: [suspendedAt(before)] }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0")],
      plan: () => ({ status: statusOf([counts("w", { suspended: 1 })], { conditions: [suspendedAt(before)] }) }),
    },
    "resumes with the placement of the template, after taking the start time away": {
      jobSet: {
        spec: { replicatedJobs: [makeReplicatedJob("w", {}, { template: placed })] },
        status: statusOf([counts("w", { suspended: 1 })], { conditions: [suspendedAt(before)] }),
      },
      jobs: () => [makeChild(makeJobSet({ spec: { suspend: true } }), "w-0", { startTime: before })],
      plan: () => ({
        apply: [
          patchOf("w-0", { status: { startTime: null } }, { subresource: "status" }),
          patchOf(
            "w-0",
            {
              spec: {
                suspend: false,
                template: {
                  metadata: { labels: { q: "1" }, annotations: { n: "2" } },
                  spec: {
                    nodeSelector: { zone: "a" },
                    tolerations: [{ key: "gpu", operator: "Exists", tolerationSeconds: 5 }],
                    schedulingGates: [{ name: "g" }],
                  },
                },
              },
            },
            { order: 1 },
          ),
        ],
        status: statusOf([counts("w", { suspended: 1 })], { conditions: [resumedNow] }),
        events: [event("Normal", "ResumeJobs", "jobset is resumed")],
      }),
    },
    "adds no toleration twice": {
      jobSet: {
        spec: { replicatedJobs: [makeReplicatedJob("w", {}, { template: placed })] },
        status: statusOf([counts("w", { suspended: 1 })]),
      },
      jobs: () => [
        makeChild(
          makeJobSet({ spec: { suspend: true, replicatedJobs: [makeReplicatedJob("w", {}, { template: placed })] } }),
          "w-0",
        ),
      ],
      plan: () => ({
        apply: [
          patchOf(
            "w-0",
            {
              spec: {
                suspend: false,
                template: {
                  metadata: { labels: { q: "1" }, annotations: { n: "2" } },
                  spec: { nodeSelector: { zone: "a" } },
                },
              },
            },
            { order: 1 },
          ),
        ],
        status: statusOf([counts("w", { suspended: 1 })]),
      }),
    },
    "says of a restart that is over that it is suspended, and since when it is over": {
      jobSet: {
        spec: { suspend: true },
        status: statusOf([counts("w", { suspended: 1 })], {
          conditions: [
            conditionAt("RestartingJobSet", "False", "JobsReady", "all jobs are ready", before),
            suspendedAt(before),
          ],
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0")],
      plan: () => ({
        status: statusOf([counts("w", { suspended: 1 })], {
          conditions: [
            conditionAt("RestartingJobSet", "False", "JobSetSuspended", "jobset is suspended", before),
            suspendedAt(before),
          ],
        }),
        events: [event("Normal", "JobSetSuspended", "jobset is suspended")],
      }),
    },
    "turns a restart under way into a suspended one": {
      jobSet: {
        spec: { suspend: true },
        status: statusOf([counts("w", { suspended: 1 })], {
          conditions: [
            suspendedAt(before),
            conditionAt("RestartingJobSet", "True", "DefaultFailurePolicy", "x", before),
          ],
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0")],
      plan: () => ({
        status: statusOf([counts("w", { suspended: 1 })], {
          conditions: [
            suspendedAt(before),
            conditionAt("RestartingJobSet", "False", "JobSetSuspended", "jobset is suspended"),
          ],
        }),
        events: [event("Normal", "JobSetSuspended", "jobset is suspended")],
      }),
    },
  });
});

const inOrder = {
  startupPolicy: { startupPolicyOrder: "InOrder" as const },
  replicatedJobs: [makeReplicatedJob("a"), makeReplicatedJob("b")],
};
const progress = conditionAt(
  "StartupPolicyInProgress",
  "True",
  "InOrderStartupPolicyInProgress",
  "in order startup policy in progress",
);
const startupOver = (status: "True" | "False", at: string) =>
  conditionAt(
    "StartupPolicyCompleted",
    status,
    "InOrderStartupPolicyCompleted",
    "in order startup policy has completed",
    at,
  );
const progressEvent = event("Normal", progress.reason, progress.message);
const depends = (status: "Ready" | "Complete") => ({
  replicatedJobs: [
    makeReplicatedJob("a"),
    makeReplicatedJob("b", { dependsOn: [{ name: "a", status }] }),
    makeReplicatedJob("c"),
  ],
});
const created = (jobs: readonly string[], list: readonly ReturnType<typeof counts>[]) => (jobSet: JobSet) => ({
  apply: jobs.map((name) => creationOf(jobSet, name)),
  status: statusOf(list),
});

describe("ordering", () => {
  rows({
    "creates only the first replicated job in order": {
      jobSet: { spec: inOrder },
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "a-0")],
        status: statusOf([counts("b"), counts("a")], { conditions: [progress] }),
        events: [progressEvent],
      }),
    },
    "goes on when it is ready": {
      jobSet: {
        spec: inOrder,
        status: statusOf([counts("b"), counts("a", { active: 1, ready: 1 })], { conditions: [progress] }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", running)],
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "b-0")],
        status: statusOf([counts("b"), counts("a", { active: 1, ready: 1 })], { conditions: [progress] }),
      }),
    },
    "ends the startup when all are ready, keeping when and why it was in progress": {
      jobSet: { spec: inOrder, status: statusOf([], { conditions: [{ ...progress, lastTransitionTime: before }] }) },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", running), makeChild(jobSet, "b-0", running)],
      plan: () => ({
        status: statusOf([counts("b", { active: 1, ready: 1 }), counts("a", { active: 1, ready: 1 })], {
          conditions: [
            { ...progress, status: "False", lastTransitionTime: before },
            conditionAt(
              "StartupPolicyCompleted",
              "True",
              "InOrderStartupPolicyCompleted",
              "in order startup policy has completed",
            ),
          ],
        }),
        events: [event("Normal", "InOrderStartupPolicyCompleted", "in order startup policy has completed")],
      }),
    },
    "goes back to its startup when a Job is no longer ready": {
      jobSet: {
        spec: inOrder,
        status: statusOf([], {
          conditions: [{ ...progress, status: "False", lastTransitionTime: before }, startupOver("True", before)],
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", pending), makeChild(jobSet, "b-0", running)],
      plan: () => ({
        status: statusOf([counts("b", { active: 1, ready: 1 }), counts("a", { active: 1 })], {
          conditions: [progress, startupOver("False", before)],
        }),
        events: [progressEvent],
      }),
    },
    "takes a replicated job without replicas for started": {
      jobSet: {
        spec: { ...inOrder, replicatedJobs: [makeReplicatedJob("a", { replicas: 0 }), makeReplicatedJob("b")] },
      },
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "b-0")],
        status: statusOf([counts("b"), counts("a")], { conditions: [progress] }),
        events: [progressEvent],
      }),
    },
    "ignores the order while suspended": {
      jobSet: { spec: { ...inOrder, suspend: true }, status: statusOf([], { conditions: [suspendedAt(before)] }) },
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "a-0"), creationOf(jobSet, "b-0")],
        status: statusOf([counts("b"), counts("a")], { conditions: [suspendedAt(before)] }),
      }),
    },
    "resumes in order, and is suspended until the last": {
      jobSet: { spec: inOrder, status: statusOf([], { conditions: [suspendedAt(before)] }) },
      jobs: () => {
        const jobSet = makeJobSet({ spec: { ...inOrder, suspend: true } });
        return [makeChild(jobSet, "a-0"), makeChild(jobSet, "b-0")];
      },
      plan: () => ({
        apply: [resumption("a-0")],
        status: statusOf([counts("b", { suspended: 1 }), counts("a", { suspended: 1 })], {
          conditions: [suspendedAt(before), progress],
        }),
        events: [progressEvent],
      }),
    },
    "resumes nothing that still waits for another": {
      jobSet: { spec: depends("Complete"), status: statusOf([], { conditions: [suspendedAt(before)] }) },
      jobs: () => {
        const jobSet = makeJobSet({ spec: { ...depends("Complete"), suspend: true } });
        return ["a-0", "b-0", "c-0"].map((name) => makeChild(jobSet, name));
      },
      plan: () => ({
        apply: ["a-0", "c-0"].map(resumption),
        status: statusOf(
          ["c", "b", "a"].map((name) => counts(name, { suspended: 1 })),
          { conditions: [resumedNow] },
        ),
        events: [event("Normal", "ResumeJobs", "jobset is resumed")],
      }),
    },
    "skips what waits for another to be ready, and goes on behind it": {
      jobSet: { spec: depends("Ready") },
      plan: created(["a-0", "c-0"], [counts("c"), counts("b"), counts("a")]),
    },
    "creates what waited for ready": {
      jobSet: { spec: depends("Ready") },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", running), makeChild(jobSet, "c-0", pending)],
      plan: created(["b-0"], [counts("c", { active: 1 }), counts("b"), counts("a", { active: 1, ready: 1 })]),
    },
    "does not take ready for complete": {
      jobSet: {
        spec: depends("Complete"),
        status: statusOf([counts("c", { active: 1 }), counts("b"), counts("a", { active: 1, ready: 1 })]),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", running), makeChild(jobSet, "c-0", pending)],
      plan: created([], [counts("c", { active: 1 }), counts("b"), counts("a", { active: 1, ready: 1 })]),
    },
    "creates what waited for complete": {
      jobSet: { spec: depends("Complete") },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", complete), makeChild(jobSet, "c-0", pending)],
      plan: created(["b-0"], [counts("c", { active: 1 }), counts("b"), counts("a", { succeeded: 1 })]),
    },
    "keeps dependencies while suspended": {
      jobSet: {
        spec: { ...depends("Ready"), suspend: true },
        status: statusOf([], { conditions: [suspendedAt(before)] }),
      },
      plan: (jobSet) => ({
        apply: [creationOf(jobSet, "a-0"), creationOf(jobSet, "c-0")],
        status: statusOf([counts("c"), counts("b"), counts("a")], { conditions: [suspendedAt(before)] }),
      }),
    },
    "takes a dependency without replicas as met": {
      jobSet: {
        spec: {
          replicatedJobs: [
            makeReplicatedJob("a", { replicas: 0 }),
            makeReplicatedJob("b", { dependsOn: [{ name: "a", status: "Complete" }] }),
          ],
        },
      },
      plan: created(["b-0"], [counts("b"), counts("a")]),
    },
  });
});

const completedNow = conditionAt("Completed", "True", "AllJobsCompleted", "jobset completed successfully");
const completion = (list: readonly ReturnType<typeof counts>[]) => () => ({
  status: statusOf(list, { conditions: [completedNow], terminalState: "Completed" }),
  events: [event("Normal", "AllJobsCompleted", "jobset completed successfully")],
  requeueAfterMs: 0,
});
const leader = { replicatedJobs: [makeReplicatedJob("a"), makeReplicatedJob("b")] };

describe("succeeding", () => {
  rows({
    "completes when all Jobs have": {
      jobs: (jobSet) => [makeChild(jobSet, "w-0", complete)],
      plan: completion([counts("w", { succeeded: 1 })]),
    },
    "completes while suspended too": {
      jobSet: { spec: { suspend: true } },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", complete)],
      plan: completion([counts("w", { succeeded: 1 })]),
    },
    "goes on while some have not": {
      jobSet: { spec: leader, status: statusOf([]) },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", complete), makeChild(jobSet, "b-0", pending)],
      plan: () => ({ status: statusOf([counts("b", { active: 1 }), counts("a", { succeeded: 1 })]) }),
    },
    "completes with the targets alone, and ends a restart": {
      jobSet: {
        spec: { ...leader, successPolicy: { operator: "All", targetReplicatedJobs: ["a"] } },
        status: statusOf([], {
          conditions: [conditionAt("RestartingJobSet", "True", "DefaultFailurePolicy", "x", before)],
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", complete), makeChild(jobSet, "b-0", pending)],
      plan: () => ({
        status: statusOf([counts("b", { active: 1 }), counts("a", { succeeded: 1 })], {
          conditions: [
            conditionAt("RestartingJobSet", "False", "JobSetCompleted", "jobset completed successfully"),
            completedNow,
          ],
          terminalState: "Completed",
        }),
        events: [
          event("Normal", "AllJobsCompleted", "jobset completed successfully"),
          event("Normal", "JobSetCompleted", "jobset completed successfully"),
        ],
        requeueAfterMs: 0,
      }),
    },
    "completes with any Job, not a whole replicated job": {
      jobSet: { spec: { ...two, successPolicy: { operator: "Any" } } },
      jobs: (jobSet) => [makeChild(jobSet, "b-1", complete)],
      plan: completion([counts("b", { succeeded: 1 }), counts("a")]),
    },
    "does not count those that are no targets": {
      jobSet: {
        spec: { ...leader, successPolicy: { operator: "Any", targetReplicatedJobs: ["a"] } },
        status: statusOf([]),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", pending), makeChild(jobSet, "b-0", complete)],
      plan: () => ({ status: statusOf([counts("b", { succeeded: 1 }), counts("a", { active: 1 })]) }),
    },
    "lets one failed Job outweigh every success": {
      jobSet: { spec: { ...leader, successPolicy: { operator: "Any" } } },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", complete), makeChild(jobSet, "b-0", failed)],
      plan: () => ({
        status: statusOf([counts("b", { failed: 1 }), counts("a", { succeeded: 1 })], {
          conditions: [
            conditionAt(
              "Failed",
              "True",
              "FailedJobs",
              "jobset failed due to one or more job failures (first failed job: js-b-0)",
            ),
          ],
          terminalState: "Failed",
        }),
        events: [
          event("Warning", "FailedJobs", "jobset failed due to one or more job failures (first failed job: js-b-0)"),
        ],
        requeueAfterMs: 0,
      }),
    },
  });
});

const ended = { ...completedNow, lastTransitionTime: "2026-01-01T00:59:00Z" };
const finished = (more: Partial<Made["spec"]> = {}): Made => ({
  spec: { ...leader, ...more },
  status: statusOf([counts("b", { active: 1 }), counts("a", { succeeded: 1 })], {
    conditions: [ended],
    terminalState: "Completed",
  }),
});
const leftover = (jobSet: JobSet) => [makeChild(jobSet, "a-0", complete), makeChild(jobSet, "b-0", pending)];

describe("having finished", () => {
  rows({
    "deletes what still runs, nothing else": {
      jobSet: finished(),
      jobs: leftover,
      plan: (jobSet) => ({ remove: [deletionOf("b-0")], status: jobSet.status }),
    },
    "does not ask twice": {
      jobSet: finished(),
      jobs: (jobSet) => leftover(jobSet).map((job) => (job.metadata.name === "js-b-0" ? terminating(job) : job)),
      plan: (jobSet) => ({ status: jobSet.status }),
    },
    "leaves Jobs of an earlier attempt alone": {
      jobSet: {
        spec: leader,
        status: statusOf([counts("b"), counts("a", { succeeded: 1 })], {
          restarts: 1,
          conditions: [ended],
          terminalState: "Completed",
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", complete), makeChild(makeJobSet({ spec: leader }), "b-0", pending)],
      plan: (jobSet) => ({ status: jobSet.status }),
    },
    "makes nothing anew": {
      jobSet: finished(),
      world: { hasService: false },
      plan: () => ({
        status: statusOf([counts("b"), counts("a")], { conditions: [ended], terminalState: "Completed" }),
      }),
    },
    "waits for the time to live": {
      jobSet: finished({ ttlSecondsAfterFinished: 100 }),
      jobs: leftover,
      plan: (jobSet) => ({ remove: [deletionOf("b-0")], status: jobSet.status, requeueAfterMs: 40_000 }),
    },
    "deletes itself after it": {
      jobSet: finished({ ttlSecondsAfterFinished: 60 }),
      jobs: (jobSet) => leftover(jobSet).slice(0, 1),
      plan: () => ({
        remove: [
          {
            target: {
              kind: {
                group: "jobset.x-k8s.io",
                version: "v1alpha2",
                kind: "JobSet",
                resource: "jobsets",
                namespaced: true,
              },
              namespace: "ns",
              name: "js",
              uid: "u1",
            },
            propagationPolicy: "Foreground",
          },
        ],
        status: statusOf([counts("b"), counts("a", { succeeded: 1 })], {
          conditions: [ended],
          terminalState: "Completed",
        }),
      }),
    },
  });
});

const policy = (failurePolicy: NonNullable<NonNullable<Made["spec"]>["failurePolicy"]>) => ({ ...two, failurePolicy });
const restartMessage = (action: string, job: string) =>
  `applying ${action} failure policy action (first failed job: js-${job})`;
const restarting = (action: string, reason: string, job = "a-0", at?: string) =>
  conditionAt("RestartingJobSet", "True", reason, restartMessage(action, job), at);
const reached = "jobset failed due to reaching max number of restarts (first failed job: js-a-0)";
const oneFailed = (jobSet: JobSet) => [makeChild(jobSet, "a-0", failed)];
const seen = [counts("b"), counts("a", { failed: 1 })];
const failure = (reason: string, message: string) => ({
  status: statusOf(seen, { conditions: [conditionAt("Failed", "True", reason, message)], terminalState: "Failed" }),
  events: [event("Warning", reason, message)],
  requeueAfterMs: 0,
});
const restart = (action: string, reason: string, more: object) => ({
  status: statusOf(seen, { conditions: [restarting(action, reason)], ...more }),
  events: [
    event("Warning", reason, restartMessage(action, "a-0")),
    event("Warning", `${action}FailurePolicyAction`, restartMessage(action, "a-0")),
  ],
  requeueAfterMs: 0,
});

describe("failing", () => {
  rows({
    "restarts by default, in the status first and with nothing deleted yet": {
      jobSet: { spec: policy({ maxRestarts: 1 }) },
      jobs: oneFailed,
      plan: () => restart("RestartJobSet", "DefaultFailurePolicy", { restarts: 1, restartsCountTowardsMax: 1 }),
    },
    "fails when restarts are used up": {
      jobSet: { spec: policy({ maxRestarts: 1 }), status: statusOf([], { restarts: 0, restartsCountTowardsMax: 1 }) },
      jobs: oneFailed,
      plan: () => {
        const { status, ...rest } = failure("ReachedMaxRestarts", reached);
        return { ...rest, status: { ...status, restartsCountTowardsMax: 1 } };
      },
    },
    "fails at once when none are allowed": {
      jobSet: { spec: policy({ maxRestarts: 0 }) },
      jobs: oneFailed,
      plan: () => failure("ReachedMaxRestarts", reached),
    },
    "takes negative maxRestarts for none": {
      jobSet: { spec: policy({ maxRestarts: -1 }) },
      jobs: oneFailed,
      plan: () => failure("ReachedMaxRestarts", reached),
    },
    "fails by a rule": {
      jobSet: { spec: policy({ maxRestarts: 9, rules: [{ action: "FailJobSet" }] }) },
      jobs: oneFailed,
      plan: () => failure("FailJobSetFailurePolicyAction", restartMessage("FailJobSet", "a-0")),
    },
    "restarts by a rule without a name": {
      jobSet: { spec: policy({ maxRestarts: 9, rules: [{ action: "RestartJobSet" }] }) },
      jobs: oneFailed,
      plan: () =>
        restart("RestartJobSet", "FailurePolicy_failurePolicyRule0", { restarts: 1, restartsCountTowardsMax: 1 }),
    },
    "restarts by a rule without counting": {
      jobSet: { spec: policy({ rules: [{ name: "host", action: "RestartJobSetAndIgnoreMaxRestarts" }] }) },
      jobs: oneFailed,
      plan: () => restart("RestartJobSetAndIgnoreMaxRestarts", "FailurePolicy_host", { restarts: 1 }),
    },
    "tells the action alone when the condition stays the same": {
      jobSet: {
        spec: policy({ maxRestarts: 9 }),
        status: statusOf([], {
          restarts: 0,
          conditions: [restarting("RestartJobSet", "DefaultFailurePolicy", "a-0", before)],
        }),
      },
      jobs: oneFailed,
      plan: () => ({
        status: statusOf(seen, {
          restarts: 1,
          restartsCountTowardsMax: 1,
          conditions: [restarting("RestartJobSet", "DefaultFailurePolicy", "a-0", before)],
        }),
        events: [event("Warning", "RestartJobSetFailurePolicyAction", restartMessage("RestartJobSet", "a-0"))],
        requeueAfterMs: 0,
      }),
    },
    "restarts while suspended": {
      jobSet: { spec: { ...policy({ maxRestarts: 1 }), suspend: true } },
      jobs: oneFailed,
      plan: () => restart("RestartJobSet", "DefaultFailurePolicy", { restarts: 1, restartsCountTowardsMax: 1 }),
    },
    "restarts one Job, behind the gate": {
      gates: { restartJob: true },
      jobSet: { spec: policy({ maxRestarts: 1, rules: [{ action: "RestartJob" }] }) },
      jobs: (jobSet) => [makeChild(jobSet, "b-1", failed, { restartJob: true })],
      plan: () => ({
        status: statusOf([
          counts("b", { failed: 1, jobRestarts: [0, 1, 0], jobRestartsCountTowardsMax: [0, 1, 0] }),
          counts("a"),
        ]),
        events: [event("Warning", "RestartJobFailurePolicyAction", restartMessage("RestartJob", "b-1"))],
        requeueAfterMs: 0,
      }),
    },
    "restarts one Job without counting": {
      gates: { restartJob: true },
      jobSet: { spec: policy({ rules: [{ action: "RestartJobAndIgnoreMaxRestarts" }] }) },
      jobs: (jobSet) => [makeChild(jobSet, "b-1", failed, { restartJob: true })],
      plan: () => ({
        status: statusOf([counts("b", { failed: 1, jobRestarts: [0, 1, 0] }), counts("a")]),
        events: [
          event(
            "Warning",
            "RestartJobAndIgnoreMaxRestartsFailurePolicyAction",
            restartMessage("RestartJobAndIgnoreMaxRestarts", "b-1"),
          ),
        ],
        requeueAfterMs: 0,
      }),
    },
    "counts restarts of single Jobs and of all together": {
      gates: { restartJob: true },
      jobSet: {
        spec: policy({ maxRestarts: 2, rules: [{ action: "RestartJobSet" }] }),
        status: statusOf(
          [counts("b", { jobRestarts: [1, 0, 0], jobRestartsCountTowardsMax: [1, 0, 0] }), counts("a")],
          { restartsCountTowardsMax: 1 },
        ),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", failed, { restartJob: true })],
      plan: () => ({
        ...failure("ReachedMaxRestarts", reached),
        status: statusOf(
          [counts("b", { jobRestarts: [1, 0, 0], jobRestartsCountTowardsMax: [1, 0, 0] }), counts("a", { failed: 1 })],
          {
            restartsCountTowardsMax: 1,
            conditions: [conditionAt("Failed", "True", "ReachedMaxRestarts", reached)],
            terminalState: "Failed",
          },
        ),
      }),
    },
  });

  it("refuses to restart one Job without the gate", () => {
    const jobSet = makeJobSet({ spec: policy({ maxRestarts: 1, rules: [{ action: "RestartJob" }] }) });
    expect(() => planJobSet(jobSet, makeWorld({ jobs: oneFailed(jobSet) }), now, {})).toThrow(
      "feature gate RestartJob",
    );
  });
});

const attempt = (restarts: number, strategy?: "BlockingRecreate"): Made => ({
  spec: policy({ maxRestarts: 9, ...(strategy && { restartStrategy: strategy }) }),
  status: statusOf([counts("b"), counts("a")], { restarts }),
});
const old = makeJobSet(attempt(0));

describe("restarting", () => {
  rows({
    "deletes the Jobs of the attempt before, and waits for their names": {
      jobSet: attempt(1),
      jobs: () => ["a-0", "b-0", "b-1", "b-2"].map((name) => makeChild(old, name, pending)),
      plan: (jobSet) => ({ remove: ["a-0", "b-0", "b-1", "b-2"].map(deletionOf), status: jobSet.status }),
    },
    "makes the successor of each Job that is gone": {
      jobSet: attempt(1),
      jobs: () => [terminating(makeChild(old, "b-1", failed)), terminating(makeChild(old, "b-2", complete))],
      plan: (jobSet) => ({ apply: [creationOf(jobSet, "a-0"), creationOf(jobSet, "b-0")], status: jobSet.status }),
    },
    "restarts again at once for a Job of this attempt that fails while the last one is being deleted": {
      jobSet: attempt(1),
      jobs: (jobSet) => [makeChild(jobSet, "a-0", failed), makeChild(old, "b-0", complete)],
      plan: () => ({
        remove: [deletionOf("b-0")],
        ...restart("RestartJobSet", "DefaultFailurePolicy", { restarts: 2, restartsCountTowardsMax: 1 }),
      }),
    },
    "does not reset the restarts of single Jobs": {
      gates: { restartJob: true },
      jobSet: {
        spec: policy({ maxRestarts: 9 }),
        status: statusOf([counts("b", { jobRestarts: [0, 2, 0] }), counts("a")]),
      },
      jobs: (jobSet) => [makeChild(jobSet, "a-0", failed, { restartJob: true })],
      plan: () => ({
        ...restart("RestartJobSet", "DefaultFailurePolicy", {}),
        status: statusOf([counts("b", { jobRestarts: [0, 2, 0] }), counts("a", { failed: 1 })], {
          restarts: 1,
          restartsCountTowardsMax: 1,
          conditions: [restarting("RestartJobSet", "DefaultFailurePolicy")],
        }),
      }),
    },
    "makes none before all are gone, when blocking": {
      jobSet: attempt(1, "BlockingRecreate"),
      jobs: () => [terminating(makeChild(old, "b-1", failed))],
      plan: (jobSet) => ({ status: jobSet.status }),
    },
    "makes all when all are gone, when blocking": {
      jobSet: attempt(1, "BlockingRecreate"),
      plan: (jobSet) => ({
        apply: ["a-0", "b-0", "b-1", "b-2"].map((name) => creationOf(jobSet, name)),
        status: jobSet.status,
      }),
    },
    "is over when all Jobs are ready": {
      jobSet: {
        status: statusOf([], {
          restarts: 1,
          conditions: [restarting("RestartJobSet", "DefaultFailurePolicy", "a-0", before)],
        }),
      },
      jobs: (jobSet) => [makeChild(jobSet, "w-0", running)],
      plan: () => ({
        status: statusOf([counts("w", { active: 1, ready: 1 })], {
          restarts: 1,
          conditions: [conditionAt("RestartingJobSet", "False", "JobsReady", "all jobs are ready")],
        }),
        events: [event("Normal", "JobsReady", "all jobs are ready")],
      }),
    },
    "takes Jobs of a later attempt than the status knows for current": {
      jobSet: { status: statusOf([]) },
      jobs: () => [makeChild(makeJobSet({ status: { restarts: 5 } }), "w-0", running)],
      plan: () => ({ status: statusOf([counts("w", { active: 1, ready: 1 })]) }),
    },
    "deletes a Job restarted on its own, behind the gate": {
      gates: { restartJob: true },
      jobSet: { status: statusOf([counts("w", { failed: 1, jobRestarts: [1] })]) },
      jobs: () => [makeChild(makeJobSet(), "w-0", failed, { restartJob: true })],
      plan: () => ({ remove: [deletionOf("w-0")], status: statusOf([counts("w", { jobRestarts: [1] })]) }),
    },
  });

  it.each<[string, Readonly<Record<string, string>>, JobSetGates, string]>([
    ["an attempt that is no number", { "jobset.sigs.k8s.io/restart-attempt": "x" }, {}, "is not an integer"],
    [
      "an index that is no number, behind the gate",
      { "jobset.sigs.k8s.io/job-index": "x" },
      { restartJob: true },
      "is not an integer",
    ],
    [
      "a single attempt that is no number",
      { "jobset.sigs.k8s.io/job-restart-attempt": "x" },
      { restartJob: true },
      "is not an integer",
    ],
    ["an index out of range", { "jobset.sigs.k8s.io/job-index": "7" }, { restartJob: true }, "out of range"],
  ])("stops at a Job with %s", (_, labels, gates, message) => {
    const jobSet = makeJobSet({ status: statusOf([counts("w", { jobRestarts: [1] })]) });
    const job = makeChild(jobSet, "w-0");
    const tampered = { ...job, metadata: { ...job.metadata, labels: { ...job.metadata.labels, ...labels } } };
    expect(() => planJobSet(jobSet, makeWorld({ jobs: [tampered] }), now, gates)).toThrow(message);
  });
});

const claimSpec = { accessModes: ["ReadWriteOnce"] };
const claim = (owned: boolean) => ({
  kind: {
    group: "",
    version: "v1",
    kind: "PersistentVolumeClaim",
    resource: "persistentvolumeclaims",
    namespaced: true,
  },
  target: {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: "data-js",
      namespace: "ns",
      labels: { of: "user", "jobset.sigs.k8s.io/jobset-name": "js" },
      ...(owned && { ownerReferences: service.target.metadata.ownerReferences }),
    },
    spec: claimSpec,
  },
  mode: "create",
  as: claimNoun,
  accepts: "any",
});
const claims = (whenDeleted?: "Delete" | "Retain"): Made => ({
  spec: {
    volumeClaimPolicies: [
      {
        templates: [{ metadata: { name: "data", labels: { of: "user" } }, spec: claimSpec }],
        ...(whenDeleted && { retentionPolicy: { whenDeleted } }),
      },
    ],
  },
  status: statusOf([counts("w", { active: 1, ready: 1 })]),
});
const runs = (jobSet: JobSet) => [makeChild(jobSet, "w-0", running)];

describe("claims", () => {
  rows({
    "go with the JobSet unless told otherwise": {
      jobSet: claims(),
      jobs: runs,
      plan: ({ status }) => ({ apply: [claim(true)], status }),
    },
    "are nobody's when retained": {
      jobSet: claims("Retain"),
      jobs: runs,
      plan: ({ status }) => ({ apply: [claim(false)], status }),
    },
    "that exist are left alone": {
      jobSet: claims(),
      jobs: runs,
      world: { claims: ["data-js"] },
      plan: ({ status }) => ({ status }),
    },
  });
});

const scaled = (parallelism?: number, completions?: number): Made => ({
  spec: { replicatedJobs: [makeReplicatedJob("w", {}, { parallelism, completions })] },
  status: statusOf([counts("w", { active: 1, ready: 1 })]),
});
const single = () => [makeChild(makeJobSet(), "w-0", running)];

describe("growing, behind the gate", () => {
  const gates = { elasticJobSet: true };
  rows({
    "passes both numbers on": {
      gates,
      jobSet: scaled(3, 3),
      jobs: single,
      plan: ({ status }) => ({ apply: [patchOf("w-0", { spec: { parallelism: 3, completions: 3 } })], status }),
    },
    "does nothing when the Job has them": {
      gates,
      jobSet: scaled(1, 1),
      jobs: single,
      plan: ({ status }) => ({ status }),
    },
    "does nothing when they differ": { gates, jobSet: scaled(2, 3), jobs: single, plan: ({ status }) => ({ status }) },
    "does nothing when there are none": { gates, jobSet: scaled(), jobs: single, plan: ({ status }) => ({ status }) },
    "does nothing without the gate": { jobSet: scaled(3, 3), jobs: single, plan: ({ status }) => ({ status }) },
  });
});

it("depends on no order of the caches", () => {
  const jobSet = makeJobSet({ spec: policy({ maxRestarts: 3 }) });
  const jobs = ["b-2", "a-0", "b-0"].map((name) => makeChild(jobSet, name, failedWith()));
  const plan = planJobSet(jobSet, makeWorld({ jobs }), now, {});
  expect(plan).toEqual(planJobSet(jobSet, makeWorld({ jobs: jobs.toReversed() }), now, {}));
  expect(childOf(jobSet, "a").metadata.name).toBe("js-a-0");
});
