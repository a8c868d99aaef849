/** From an image or a source to the workload, and what ends that way. */
import { describe, expect, test } from "vitest";
import type { ExperimentStatus } from "../../api/experiment/types.ts";
import type { Outcome } from "../../runtime/action.ts";
import type { World } from "./observe.ts";
import { empty, experiment, now, plan } from "./plan.test-support.ts";
import { enterStep } from "./status.ts";

describe("the way to the workload", () => {
  test("an image that is given is submitted at once; cloning and building are skipped", () => {
    const { status, apply, events } = plan(experiment({ image: "r/demo:1" }));
    expect(status?.step).toBe("Submitting");
    expect(status?.steps?.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "Waiting Done",
      "Cloning Skipped",
      "Building Skipped",
      "Submitting Active",
      "Running Pending",
      "Finished Pending",
    ]);
    expect(status?.image).toBe("r/demo:1");
    expect(apply.map(({ target }) => `${target.kind}/${target.metadata.name}`)).toEqual([
      "RayJob/experiment-6f4a850d-2281",
    ]);
    expect(apply[0]?.target.metadata.ownerReferences).toMatchObject([
      { kind: "Experiment", uid: "u", controller: true },
    ]);
    expect(events).toEqual([]);
  });

  const fromSource = (status?: ExperimentStatus) => experiment({ sourceDirectory: "/src" }, status);
  const answered = <A>(asked: { readonly question: object } | undefined, outcome: Outcome<A>) =>
    ({ question: asked?.question, at: now, outcome }) as never;

  test("a source is cloned, then built, then run", () => {
    const cloning = plan(fromSource());
    expect(cloning.status?.step).toBe("Cloning");
    const [clone] = cloning.actions ?? [];
    expect(clone).toMatchObject({ action: "Clone", question: { directory: "/src", name: "demo" } });
    const cloned = answered(clone, { ok: true, value: "/snapshots/x" });
    const building = plan(fromSource(cloning.status), { ...empty, clone: cloned });
    expect(building.status?.step).toBe("Building");
    expect(building.actions).toEqual([{ action: "Build", question: { ...clone?.question, snapshot: "/snapshots/x" } }]);
    const value = { reference: "windlass.local/demo:1", warning: "another Ray" };
    const built = answered(building.actions?.[0], { ok: true, value });
    const done = plan(fromSource(building.status), { ...empty, clone: cloned, build: built });
    expect(done).toMatchObject({ requeueAfterMs: 0, status: { image: "windlass.local/demo:1" } });
    expect(done.status?.steps?.find(({ name }) => name === "Building")?.message).toBe("another Ray");
    expect(plan(fromSource(done.status)).apply).toHaveLength(1);
  });

  test("the snapshot is written before its build begins, and built by an operator that knows of nothing else", () => {
    const cloning = plan(fromSource());
    const cloned = answered(cloning.actions?.[0], { ok: true, value: "/snapshots/x" });
    const building = plan(fromSource(cloning.status), { ...empty, clone: cloned });
    expect(building.status?.snapshot).toBe("/snapshots/x");
    expect(plan(fromSource(building.status))).toEqual(building);
  });

  test("a snapshot that was never written down is taken anew", () => {
    const { snapshot: _, ...building } = { ...enterStep({}, "Building", now), snapshot: "/snapshots/x" };
    expect(plan(fromSource(building)).actions).toMatchObject([{ action: "Clone" }]);
  });

  test.each<[string, World, object]>([
    [
      "clone",
      { ...empty, clone: answered(plan(fromSource()).actions?.[0], { ok: false, error: "no such folder" }) },
      { reason: "CloneFailed", message: "no such folder" },
    ],
    [
      "build",
      {
        ...empty,
        build: answered(plan(fromSource({ snapshot: "x" })).actions?.[0], { ok: false, error: "no such package" }),
      },
      { reason: "BuildFailed", message: "no such package" },
    ],
  ])("a %s that fails ends the experiment with the builder's words", (_, world, why) => {
    const begun = world.build ? { snapshot: "x" } : {};
    const { status, events } = plan(fromSource(begun), world);
    expect(status).toMatchObject({ state: "Failed", step: "Finished", ...why });
    expect(events).toMatchObject([{ type: "Warning", reason: "ExperimentFailed" }]);
  });

  test("a broken manifest ends it before anything is made", () => {
    const { status, apply } = plan(experiment({ manifest: "kind: AIchorManifest\n" }));
    expect(status).toMatchObject({ state: "Failed", reason: "ManifestInvalid" });
    expect(status?.message).toContain("manifest failed validation");
    expect(apply).toEqual([]);
  });

  test("a workload that cannot be created is told and tried again; it is not taken for one that was deleted", () => {
    const root = experiment({ image: "r/demo:1" });
    const failure = { verb: "Create", reason: "FailedCreateRayJob", message: "quota exceeded" } as const;
    const refused = { failures: [failure] };
    const { status, apply } = plan(root, refused);
    expect(status).toMatchObject({
      state: "Processing",
      step: "Submitting",
      reason: "FailedToSubmit",
      message: "retrying: quota exceeded",
    });
    expect(apply).toHaveLength(1);
    const again = plan(experiment({ image: "r/demo:1" }, status));
    expect(again.apply).toHaveLength(1);
    expect(again.status).toMatchObject({ state: "Processing", step: "Submitting" });
    expect(again.status).not.toHaveProperty("reason");
    expect(again.status).not.toHaveProperty("workload");
  });

  test("cancelled before submission", () => {
    expect(plan(experiment({ cancelled: true })).status).toMatchObject({ state: "Cancelled", reason: "Cancelled" });
  });
});
