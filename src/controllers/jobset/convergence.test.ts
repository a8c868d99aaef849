/**
 * The plan carried out on a world in memory, by a controller that dies between any two writes: whatever happens, no Job
 * is made twice, no restart is lost or counted twice, and all of it comes to rest.
 */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { Job, JobStatus } from "../../api/batch/job.ts";
import { restartAttemptLabel } from "../../api/jobset/labels.ts";
import type { JobSet, JobSetSpec, JobSetStatus } from "../../api/jobset/types.ts";
import { deepEqual } from "../../machinery/deep-equal.ts";
import { applyMergePatch, subsetPatch } from "../../machinery/patch/merge.ts";
import type { Apply, Plan, Remove } from "../../runtime/plan.ts";
import { joinSteps } from "../../runtime/steps.ts";
import { complete, failed, makeJobSet, makeReplicatedJob, makeWorld, now, running } from "./model.test-support.ts";
import { planJobSet } from "./plan.ts";

type JobSetPlan = Plan<JobSetStatus>;

class Simulation {
  jobSet: JobSet;
  readonly jobs = new Map<string, Job>();
  hasService = false;
  /** Attempts in which a Job failed. */
  readonly failedAttempts = new Set<number>();
  #uids = 0;

  constructor(spec: JobSetSpec) {
    this.jobSet = makeJobSet({ spec });
  }

  plan(): JobSetPlan {
    const world = makeWorld({ jobs: [...this.jobs.values()], hasService: this.hasService });
    return joinSteps(planJobSet(this.jobSet, world, now, {}));
  }

  /** Carries out the first `limit` writes of the next plan; answers whether there was anything to write. */
  pass(limit = Number.POSITIVE_INFINITY): boolean {
    const plan = this.plan();
    const { apply, remove, status } = plan;
    const ordered = [...apply].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
    const isStatusNew = status !== undefined && !deepEqual(status, this.jobSet.status);
    const writes = [
      ...remove.map((write) => () => this.#remove(write)),
      ...ordered.map((write) => () => this.#apply(write)),
      ...(isStatusNew ? [() => this.#setStatus(plan)] : []),
    ];
    for (const write of writes.slice(0, limit)) write();
    return writes.length > 0;
  }

  #setStatus({ status }: JobSetPlan): void {
    expect(status?.restarts ?? 0).toBeGreaterThanOrEqual(this.jobSet.status?.restarts ?? 0);
    this.jobSet = { ...this.jobSet, ...(status && { status }) };
  }

  #remove({ target, propagationPolicy }: Remove): void {
    const job = this.jobs.get(target.name);
    expect(propagationPolicy).toBe("Foreground");
    if (!job || job.metadata.uid !== target.uid) throw new Error(`no Job ${target.name}`);
    this.jobs.set(target.name, { ...job, metadata: { ...job.metadata, deletionTimestamp: "2026-01-01T00:30:00Z" } });
  }

  #apply({ kind, target, mode, subresource }: Apply): void {
    const { name = "" } = target.metadata;
    if (kind.kind === "Service") {
      this.hasService = true;
      return;
    }
    const live = this.jobs.get(name);
    if (mode === "create") {
      if (live) throw new Error(`Job ${name} is made twice`);
      this.jobs.set(name, {
        ...(target as Job),
        metadata: { ...target.metadata, uid: `uid-${this.#uids++}` },
        status: {},
      });
      return;
    }
    if (!live) throw new Error(`Job ${name} is not there to be patched`);
    const { spec, status } = target as Job;
    const fields = subresource ? { status } : { spec };
    this.jobs.set(name, applyMergePatch(live, subsetPatch(fields, live) ?? {}) as Job);
  }

  /** Active Jobs of the current attempt, by name. */
  active(): readonly Job[] {
    const restarts = String(this.jobSet.status?.restarts ?? 0);
    return [...this.jobs.values()].filter(
      ({ metadata, status, spec }) =>
        metadata.labels?.[restartAttemptLabel] === restarts &&
        !metadata.deletionTimestamp &&
        !status?.conditions &&
        !spec.suspend,
    );
  }

  set(job: Job, status: JobStatus): void {
    this.jobs.set(job.metadata.name ?? "", { ...job, status });
  }

  fail(nth: number): void {
    const jobs = this.active();
    const job = jobs[nth % Math.max(1, jobs.length)];
    if (!job || this.jobSet.status?.terminalState) return;
    this.failedAttempts.add(this.jobSet.status?.restarts ?? 0);
    this.set(job, failed);
  }

  /** The garbage collector has its way. */
  reap(): void {
    for (const [name, { metadata }] of this.jobs) if (metadata.deletionTimestamp) this.jobs.delete(name);
  }

  /** Until there is nothing to write. */
  settle(): void {
    for (let rounds = 0; this.pass(); rounds++) {
      if (rounds > 100) throw new Error("the controller does not come to rest");
      this.reap();
    }
  }
}

type Step =
  | { readonly type: "pass"; readonly limit: number }
  | { readonly type: "fail"; readonly nth: number }
  | { readonly type: "run" }
  | { readonly type: "reap" }
  | { readonly type: "suspend"; readonly suspend: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("pass" as const), limit: fc.integer({ min: 0, max: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("fail" as const), nth: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("run" as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("reap" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("suspend" as const), suspend: fc.boolean() }) },
);

const maxRestarts = 2;
const spec: fc.Arbitrary<JobSetSpec> = fc.record({
  replicatedJobs: fc.constantFrom(
    [makeReplicatedJob("a"), makeReplicatedJob("b", { replicas: 3 })],
    [makeReplicatedJob("a"), makeReplicatedJob("b", { replicas: 2, dependsOn: [{ name: "a", status: "Ready" }] })],
  ),
  failurePolicy: fc.record({
    maxRestarts: fc.constant(maxRestarts),
    restartStrategy: fc.constantFrom("Recreate" as const, "BlockingRecreate" as const),
  }),
});

function take(simulation: Simulation, next: Step): void {
  switch (next.type) {
    case "pass":
      simulation.pass(next.limit);
      break;
    case "fail":
      simulation.fail(next.nth);
      break;
    case "run":
      for (const job of simulation.active()) simulation.set(job, running);
      break;
    case "reap":
      simulation.reap();
      break;
    case "suspend":
      simulation.jobSet = { ...simulation.jobSet, spec: { ...simulation.jobSet.spec, suspend: next.suspend } };
  }
}

/** Resumed, with every Job running and then complete. */
function finish(simulation: Simulation): void {
  take(simulation, { type: "suspend", suspend: false });
  simulation.reap();
  simulation.settle();
  for (let round = 0; round < 3; round++) {
    take(simulation, { type: "run" });
    simulation.settle();
  }
  for (const job of simulation.active()) simulation.set(job, complete);
  simulation.settle();
}

it("comes to the same end wherever it dies", () => {
  fc.assert(
    fc.property(spec, fc.array(step, { maxLength: 40 }), (made, steps) => {
      const simulation = new Simulation(made);
      for (const next of steps) take(simulation, next);
      finish(simulation);
      const { status } = simulation.jobSet;
      const failures = simulation.failedAttempts.size;
      const used = Math.min(failures, maxRestarts);
      expect(status?.restarts).toBe(used);
      expect(status?.restartsCountTowardsMax ?? 0).toBe(used);
      expect(status?.terminalState).toBe(failures > maxRestarts ? "Failed" : "Completed");
      for (const { metadata } of simulation.jobs.values())
        expect(metadata.labels?.[restartAttemptLabel]).toBe(String(used));
    }),
    { numRuns: 500 },
  );
});

it("comes to rest after every number of writes of a first reconcile", () => {
  const spec = { replicatedJobs: [makeReplicatedJob("a"), makeReplicatedJob("b", { replicas: 3 })] };
  for (let limit = 0; limit <= 6; limit++) {
    const simulation = new Simulation(spec);
    simulation.pass(limit);
    simulation.settle();
    expect([...simulation.jobs.keys()].sort()).toEqual(["js-a-0", "js-b-0", "js-b-1", "js-b-2"]);
    expect(simulation.hasService).toBe(true);
    expect(simulation.plan()).toMatchObject({ apply: [], remove: [], events: [] });
  }
});
