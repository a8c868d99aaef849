/** What is removed when an experiment has ended, and when: its shared volume and its workload. */
import { describe, expect, test } from "vitest";
import {
  empty,
  experiment,
  later,
  now,
  plan,
  planExperiment,
  rayJob,
  settings,
  submitted,
} from "./plan.test-support.ts";
import { finish } from "./status.ts";

describe("the shared volume", () => {
  const claim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "experiment-6f4a850d-2281-shared", namespace: "default", uid: "c" },
  };

  test("stays while the experiment runs", () => {
    const running = { ...rayJob({ jobDeploymentStatus: "Running" }), claims: [claim] };
    expect(plan(experiment({}, submitted), running).remove).toEqual([]);
  });

  test("is removed in the reconcile that ends the experiment: its own status does not bring another one", () => {
    const done = { ...rayJob({ jobDeploymentStatus: "Complete", jobStatus: "SUCCEEDED" }), claims: [claim] };
    expect(plan(experiment({}, submitted), done)).toMatchObject({
      status: { state: "Succeeded" },
      remove: [{ target: { name: claim.metadata.name } }],
    });
  });

  test("is removed when the experiment has ended, however it did", () => {
    for (const state of ["Succeeded", "Failed", "Cancelled"] as const) {
      const ended = finish(submitted, { state, reason: "Completed" }, later);
      const { remove } = plan(experiment({}, ended), { ...empty, claims: [claim] });
      expect(remove).toMatchObject([
        { target: { kind: { resource: "persistentvolumeclaims" }, name: claim.metadata.name, uid: "c" } },
      ]);
    }
  });
});

describe("the workload of a finished experiment", () => {
  const ended = finish(submitted, { state: "Succeeded", reason: "Completed" }, now);
  const world = rayJob({ jobDeploymentStatus: "Complete", jobStatus: "SUCCEEDED" });
  const planAt = (at: Date, keepWorkloadSeconds?: number, root = experiment({}, ended)) =>
    planExperiment(root, world, at, { ...settings, keepWorkloadSeconds });

  test.each<[string, ReturnType<typeof planAt>, number, number | undefined]>([
    ["stays for ever where no time is set", planAt(later), 0, undefined],
    ["stays until its time is over, and asks to be requeued then", planAt(later, 90), 0, 30_000],
    ["goes when its time is over", planAt(later, 60), 1, undefined],
    ["goes at once where the time is 0", planAt(later, 0), 1, undefined],
  ])("%s", (_, { remove, requeueAfterMs }, removed, wakeMs) => {
    expect(remove).toHaveLength(removed);
    expect(requeueAfterMs).toBe(wakeMs);
    for (const one of remove)
      expect(one).toMatchObject({
        target: { kind: { kind: "RayJob" }, name: "experiment-6f4a850d-2281" },
        propagationPolicy: "Background",
      });
  });

  test("is left alone while the experiment goes on", () => {
    const going = rayJob({ jobDeploymentStatus: "Running" });
    const root = experiment({}, submitted);
    expect(planExperiment(root, going, later, { ...settings, keepWorkloadSeconds: 0 }).remove).toEqual([]);
  });
});
