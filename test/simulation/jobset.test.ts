/** JobSets in simulation: whatever fails on the way, they come to the same end. */
import * as fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { Job as JobKind } from "../../src/api/core/kinds.ts";
import { restartAttemptLabel } from "../../src/api/jobset/labels.ts";
import type { Job } from "../../src/api/batch/job.ts";
import { jobSetCrd } from "../../src/api/jobset/crd.ts";
import { JobSet as JobSetKind } from "../../src/api/jobset/kinds.ts";
import type { JobSet, JobSetSpec } from "../../src/api/jobset/types.ts";
import { createJobSetController } from "../../src/controllers/jobset/controller.ts";
import { jobController } from "../../src/local/workloads/job/controller.ts";
import { jobOrphansController } from "../../src/local/workloads/job-orphans/controller.ts";
import { Cluster } from "../../src/testing/simulation/cluster.ts";
import { run } from "../../src/testing/simulation/run.ts";
import { type Scenario, type Step, wait, type World } from "../../src/testing/simulation/scenario.ts";
import { explore } from "./explore.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await new Cluster().start({
    definitions: [jobSetCrd({})],
    builtIn: [jobController, jobOrphansController],
  });
});

const template = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] } } as const;
const job = (name: string, replicas = 1) => ({
  name,
  replicas,
  template: { spec: { parallelism: 1, completions: 1, backoffLimit: 0, template } },
});
const make =
  (spec: Partial<JobSetSpec> = {}) =>
  (world: World) =>
    world.create(JobSetKind, {
      apiVersion: "jobset.x-k8s.io/v1alpha2",
      kind: "JobSet",
      metadata: { name: "js" },
      spec: { replicatedJobs: [job("a"), job("b", 2)], ...spec },
    } as JobSet);
const status = (world: World) => world.get<JobSet>(JobSetKind, "js").status;

const base = { controllers: () => [createJobSetController()] };
const suspend = (value: boolean) => (world: World) => world.patch(JobSetKind, "js", { spec: { suspend: value } });
const end = (name: string, exitCode?: number) => (world: World) => world.endJob(`js-${name}`, exitCode);
const endAll = (world: World) => world.endPods(world.livePods());
const attempts = (world: World) =>
  world.list<Job>(JobKind).map(({ metadata }) => metadata.labels?.[restartAttemptLabel]);

const scenarios: readonly Scenario[] = [
  {
    ...base,
    name: "a JobSet starts",
    steps: [make()],
    check(world) {
      expect(world.names(JobKind)).toEqual(["js-a-0", "js-b-0", "js-b-1"]);
      expect(status(world)?.replicatedJobsStatus).toMatchObject([{ ready: 2 }, { ready: 1 }]);
    },
  },
  {
    ...base,
    name: "a JobSet starts in order, and succeeds",
    steps: [
      make({ replicatedJobs: [job("a"), { ...job("b", 2), dependsOn: [{ name: "a", status: "Complete" }] }] }),
      end("a-0"),
      endAll,
    ],
    check: (world) => expect(status(world)).toMatchObject({ restarts: 0, terminalState: "Completed" }),
  },
  ...(["Recreate", "BlockingRecreate"] as const).map(
    (restartStrategy): Scenario => ({
      ...base,
      name: `a Job fails twice, and all begin anew (${restartStrategy})`,
      steps: [
        make({ failurePolicy: { maxRestarts: 2, restartStrategy } }),
        end("b-1", 1),
        (world) => expect(attempts(world)).toEqual(["1", "1", "1"]),
        end("a-0", 1),
        endAll,
      ],
      check(world) {
        expect(status(world)).toMatchObject({
          restarts: 2,
          restartsCountTowardsMax: 2,
          terminalState: "Completed",
        });
        expect(attempts(world)).toEqual(["2", "2", "2"]);
      },
    }),
  ),
  {
    ...base,
    name: "a Job fails too often, and the JobSet with it",
    steps: [make({ failurePolicy: { maxRestarts: 1 } }), end("a-0", 1), end("b-0", 1)],
    check: (world) => expect(status(world)).toMatchObject({ restarts: 1, terminalState: "Failed" }),
  },
  {
    ...base,
    name: "a JobSet is made suspended, resumed, suspended, resumed, and succeeds",
    steps: [make({ suspend: true }), suspend(false), suspend(true), suspend(false), endAll],
    check: (world) => expect(status(world)).toMatchObject({ restarts: 0, terminalState: "Completed" }),
  },
  {
    ...base,
    name: "a JobSet goes some time after its end, with everything it made",
    steps: [make({ ttlSecondsAfterFinished: 20 }), endAll, wait(30)],
    check: (world) => expect(world.all()).toEqual([]),
  },
  {
    ...base,
    name: "a JobSet is deleted while it runs",
    steps: [make(), (world) => world.remove(JobSetKind, "js")],
    check: (world) => expect(world.all()).toEqual([]),
  },
];

explore(() => cluster, scenarios);

/** Attempts in which a Job failed. */
const failedAttempts = (world: World) => world.remember("failed attempts", () => new Set<string>());
const remember = (world: World) => {
  world.onChange<Job>(JobKind, ({ metadata, status: { conditions } = {} }) => {
    if (conditions?.some(({ type }) => type === "Failed"))
      failedAttempts(world).add(metadata.labels?.[restartAttemptLabel] ?? "none");
  });
};

const hasty: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0.01, 0.2, 0.6, 2).map(wait) },
  {
    weight: 3,
    arbitrary: fc.nat(6).map(
      (nth): Step =>
        async (world) => {
          const running = world.livePods().filter(({ status: of }) => of?.phase === "Running");
          const pod = running[nth % Math.max(1, running.length)];
          if (pod) await world.endPods([pod], 1);
        },
    ),
  },
  { weight: 1, arbitrary: fc.boolean().map(suspend) },
);
const shape: fc.Arbitrary<Partial<JobSetSpec>> = fc.record({
  replicatedJobs: fc.constantFrom(
    [job("a"), job("b", 3)],
    [job("a"), { ...job("b", 2), dependsOn: [{ name: "a", status: "Ready" as const }] }],
  ),
  failurePolicy: fc.record({
    maxRestarts: fc.constant(2),
    restartStrategy: fc.constantFrom("Recreate" as const, "BlockingRecreate" as const),
  }),
});
const ends: fc.Arbitrary<readonly number[]> = fc
  .uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 4 })
  .map((list) => list.toSorted((a, b) => a - b));

it("counts every restart once, however Jobs fail, queues suspend, and operators end", async () => {
  const tells = async (spec: Partial<JobSetSpec>, steps: readonly Step[], endsAfter: readonly number[]) => {
    const rest: Step = (world) => world.cluster.rest();
    const finish: readonly Step[] = [rest, suspend(false), rest, endAll];
    const invariant = (world: World): readonly string[] => {
      const failures = failedAttempts(world).size;
      const used = Math.min(failures, 2);
      expect(status(world)).toMatchObject({
        restarts: used,
        terminalState: failures > 2 ? "Failed" : "Completed",
      });
      expect(new Set(attempts(world))).toEqual(new Set([String(used)]));
      return [];
    };
    const told: Scenario = {
      ...base,
      name: "hasty",
      isHasty: true,
      steps: [remember, make(spec), ...steps, ...finish],
      invariant,
    };
    const { later } = await run(cluster, told, { endsAfter });
    expect(later).toEqual([]);
  };
  const stories = fc.asyncProperty(shape, fc.array(hasty, { maxLength: 20 }), ends, tells);
  await fc.assert(stories, { seed: 20_260_101, numRuns: 40 });
});
