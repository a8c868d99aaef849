/** What is deleted after a RayJob has ended, and when the root is requeued. */
import { describe, expect, it } from "vitest";
import { makeClusterSpec, makeGroup, makeJob } from "../../api/ray/samples.test-support.ts";
import type { DeletionRule, RayCluster, RayJob, RayJobSpec, RayJobStatus } from "../../api/ray/types.ts";
import { checkedPlan } from "../../testing/checked-plan.ts";
import { planDeletions } from "./deletion-policy.ts";
import { rayCluster } from "./events.ts";
import { at, ended, makeWorldCluster, options, spec } from "./model.test-support.ts";

const rule = (policy: DeletionRule["policy"], ttlSeconds: number, condition: DeletionRule["condition"]) => ({
  policy,
  condition: { ...condition, ttlSeconds },
});
const succeeded = { jobStatus: "SUCCEEDED" } as const;
const steps: Partial<RayJobSpec> = {
  deletionStrategy: {
    deletionRules: [
      rule("DeleteWorkers", 10, succeeded),
      rule("DeleteCluster", 20, succeeded),
      rule("DeleteSelf", 30, succeeded),
      rule("DeleteSelf", 1, { jobStatus: "FAILED" }),
      rule("DeleteCluster", 2, { jobDeploymentStatus: "Failed" }),
    ],
  },
};
const ttl = { shutdownAfterJobFinishes: true, ttlSecondsAfterFinished: 60 };
const legacy = (onSuccess: DeletionRule["policy"], onFailure: DeletionRule["policy"]): Partial<RayJobSpec> => ({
  deletionStrategy: { onSuccess: { policy: onSuccess }, onFailure: { policy: onFailure } },
});
const asleep = makeWorldCluster({}, makeClusterSpec({ workerGroupSpecs: [makeGroup({ suspend: true })] }));
const failed: RayJobStatus = { ...ended, jobStatus: "FAILED", jobDeploymentStatus: "Failed" };
/** Failed before Ray knew of it. */
const { jobStatus: _, ...lost } = failed;

const plan = (job: RayJob, cluster: RayCluster | undefined, seconds: number, own = options) =>
  checkedPlan(spec, planDeletions, { job, world: { cluster, failures: [] }, now: at(seconds), options: own });

interface Row {
  readonly spec: Partial<RayJobSpec>;
  readonly seconds?: number;
  readonly status?: RayJobStatus;
  readonly cluster?: ReturnType<typeof makeWorldCluster> | undefined;
  readonly done: readonly string[];
  readonly requeueAt?: number;
}

const rows: readonly (readonly [what: string, row: Row])[] = [
  ["nothing is to be done", { spec: {}, done: [] }],
  ["shutdown waits for its time", { spec: ttl, seconds: 10, done: [], requeueAt: 60 }],
  ["shutdown deletes the cluster", { spec: ttl, seconds: 60, done: ["delete RayCluster"] }],
  ["shutdown finds the cluster gone", { spec: ttl, seconds: 60, cluster: undefined, done: [] }],
  ["a chosen cluster is nobody's to delete", { spec: { ...ttl, clusterSelector: {} }, seconds: 60, done: [] }],
  ["rules wait for the first", { spec: steps, seconds: 5, done: [], requeueAt: 10 }],
  ["rules put the workers to sleep", { spec: steps, seconds: 10, done: ["patch RayCluster"], requeueAt: 20 }],
  [
    "rules that are carried out wait for the next",
    { spec: steps, seconds: 10, cluster: asleep, done: [], requeueAt: 20 },
  ],
  ["the most that is due is done", { spec: steps, seconds: 25, done: ["delete RayCluster"], requeueAt: 30 }],
  ["the job goes itself at the end", { spec: steps, seconds: 30, cluster: undefined, done: ["delete RayJob"] }],
  [
    "rules of failure are for failures",
    { spec: steps, status: failed, seconds: 1, done: ["delete RayJob"], requeueAt: 2 },
  ],
  [
    "rules by deployment status are, too, for jobs that Ray never knew",
    { spec: steps, status: lost, seconds: 2, done: ["delete RayCluster"] },
  ],
  ["a policy for success", { spec: legacy("DeleteSelf", "DeleteNone"), done: ["delete RayJob"] }],
  ["a policy for failure", { spec: legacy("DeleteSelf", "DeleteNone"), status: failed, done: [] }],
  [
    "no policy for a job that was stopped",
    { spec: legacy("DeleteSelf", "DeleteSelf"), status: { ...ended, jobStatus: "STOPPED" }, done: [] },
  ],
  [
    "a policy comes before shutdown",
    { spec: { ...legacy("DeleteWorkers", "DeleteNone"), ...ttl }, seconds: 60, done: ["patch RayCluster"] },
  ],
];

it.each(rows)("%s", (_, { spec, seconds = 0, status = ended, done, requeueAt, ...row }) => {
  const cluster = "cluster" in row ? row.cluster : makeWorldCluster();
  const { apply, remove, requeueAfterMs } = plan(makeJob(spec, status), cluster, seconds);
  const found = [
    ...apply.map(({ kind }) => `patch ${kind.kind}`),
    ...remove.map(({ target }) => `delete ${target.kind.kind}`),
  ];
  expect(found).toEqual(done);
  if (requeueAt === undefined) expect(requeueAfterMs).toBeUndefined();
  else expect((requeueAfterMs ?? 0) - (requeueAt - seconds) * 1000).toBeLessThanOrEqual(100);
});

describe("carrying out", () => {
  it("suspends every group of the cluster, and nothing else of it", () => {
    const [patch] = plan(makeJob(legacy("DeleteWorkers", "DeleteNone"), ended), makeWorldCluster(), 0).apply;
    expect(patch).toMatchObject({ mode: "patch", as: rayCluster });
    expect((patch?.target as { spec?: unknown } | undefined)?.spec).toEqual({
      workerGroupSpecs: [makeGroup({ suspend: true })],
    });
  });

  it("deletes the RayJob instead where the operator is told so", () => {
    const own = { ...options, deleteRayJobAfterJobFinishes: true };
    const { remove } = plan(makeJob(ttl, ended), makeWorldCluster(), 60, own);
    expect(remove.map(({ target }) => [target.kind.kind, target.name, target.uid])).toEqual([
      ["RayJob", "sample", "job-uid"],
    ]);
  });
});
