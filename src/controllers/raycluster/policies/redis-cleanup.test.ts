/** A fault tolerant cluster goes: pods, then the cleanup Job, then the finalizer. */
import { describe, expect, it, test } from "vitest";
import type { Job } from "../../../api/batch/job.ts";
import type { Pod } from "../../../api/core/pod.ts";
import type { RayCluster } from "../../../api/ray/types.ts";
import { checkedPlan } from "../../../testing/checked-plan.ts";
import { desiredCleanupJob, needsRedisCleanup, planRedisCleanup } from "./redis-cleanup.ts";
import { contextOf, head, makeCluster, makeWorld, options, terminating, worker, spec } from "../model.test-support.ts";

const deletedAt = "2026-01-01T00:00:00Z";
const at = (seconds: number) => new Date(Date.parse(deletedAt) + seconds * 1000);
const tolerant = (annotations = {}, more = {}): RayCluster =>
  makeCluster(
    { gcsFaultToleranceOptions: { redisAddress: "redis:6379", ...more } },
    { metadata: { deletionTimestamp: deletedAt, annotations } },
  );
const cluster = tolerant();
const job = desiredCleanupJob(contextOf(cluster));
const ended = (type: string): Job => ({ ...job, status: { conditions: [{ type, status: "True" }] } });

const plan = (of: RayCluster, pods: readonly Pod[], cleanupJob?: Job, seconds = 10) =>
  checkedPlan(spec, planRedisCleanup, of, makeWorld(of, pods, { cleanupJob }), at(seconds), options);
const release = { apply: [], remove: [], events: [], releaseFinalizer: true };

describe("the finalizer is", () => {
  test.each([
    ["for Redis", cluster, true],
    ["for Redis by annotation", makeCluster({}, { metadata: { annotations: { "ray.io/ft-enabled": "true" } } }), true],
    ["not for a cluster without fault tolerance", makeCluster(), false],
    ["not for the embedded storage", tolerant({}, { backend: "rocksdb" }), false],
  ])("%s", (_, of, expected) => expect(needsRedisCleanup(of, options)).toBe(expected));

  it("not there when the operator is told to leave Redis alone", () => {
    expect(needsRedisCleanup(cluster, { ...options, redisCleanup: false })).toBe(false);
  });
});

describe("deletion", () => {
  it("takes the pods first, in one request", () => {
    expect(plan(cluster, [head(cluster), worker(cluster, { index: 0 })]).removeCollections).toEqual([
      {
        kind: expect.objectContaining({ kind: "Pod" }),
        namespace: "default",
        labelSelector: "ray.io/cluster=raycluster-kuberay,ray.io/node-type in (head,worker)",
      },
    ]);
  });

  it("waits for the head to end, for as long as it takes", () => {
    const leaving = head(cluster, "ready", terminating);
    expect(plan(cluster, [leaving], undefined, 999)).toEqual({ apply: [], remove: [], events: [] });
  });

  it("then makes the Job, though workers are still going", () => {
    const found = plan(cluster, [worker(cluster, { index: 0 }, "ready", terminating)]);
    expect(found.apply.map(({ target, mode }) => [target, mode])).toEqual([
      [{ ...job, spec: expect.anything(), metadata: expect.objectContaining({ name: job.metadata.name }) }, "create"],
    ]);
    expect(found.requeueAfterMs).toBe(290_000);
  });

  it("waits for the Job", () => {
    expect(plan(cluster, [], job)).toEqual({ apply: [], remove: [], events: [], requeueAfterMs: 290_000 });
  });

  test.each(["Complete", "Failed", "FailureTarget"])("lets go when the Job is %s", (type) => {
    expect(plan(cluster, [], ended(type))).toEqual(release);
  });

  it("lets go when time is over, and says so", () => {
    const found = plan(tolerant({ "ray.io/gcs-ft-deletion-timeout": "20" }), [], job, 20);
    expect([found.releaseFinalizer, found.events.map(({ reason, action }) => `${reason} ${action}`)]).toEqual([
      true,
      ["ForceDeletedStuckCluster Cleanup"],
    ]);
  });

  it("lets go at once of a cluster that keeps nothing in Redis any more", () => {
    const plain = makeCluster({}, { metadata: { deletionTimestamp: deletedAt } });
    expect(plan(plain, [head(plain)])).toEqual(release);
  });
});

describe("the Job", () => {
  it("is the head's Ray container alone, without probes, never restarted", () => {
    const { template, ...rest } = job.spec;
    expect(rest).toEqual({ backoffLimit: 0, activeDeadlineSeconds: 300 });
    expect(template.spec.restartPolicy).toBe("Never");
    expect(template.spec.containers.map(({ name }) => name)).toEqual(["ray-head"]);
    expect(template.spec.containers[0]).not.toHaveProperty("livenessProbe");
    expect(template.metadata?.labels).toMatchObject({
      "ray.io/cluster": "raycluster-kuberay",
      "ray.io/node-type": "redis-cleanup",
    });
  });

  it("survives the shell: its script has no double quotes, dollars or backticks", () => {
    const line = job.spec.template.spec.containers[0]?.args?.[0] ?? "";
    const script = /python -c "([^]*)"$/.exec(line)?.[1] ?? "";
    expect(script).toContain("cleanup_redis_storage(");
    expect(script).not.toMatch(/["$`]/);
  });

  it("names a user only where there is one", () => {
    const lineOf = (of: RayCluster) => desiredCleanupJob(contextOf(of)).spec.template.spec.containers[0]?.args?.[0];
    expect(lineOf(cluster)).not.toContain("REDIS_USERNAME");
    expect(lineOf(tolerant({}, { redisUsername: { value: "me" } }))).toContain("username=");
  });
});
