import { expect, test } from "vitest";
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import type { Sweep, SweepSpec, SweepStatus } from "../../api/sweep/types.ts";
import type { WriteFailure } from "../../runtime/plan.ts";
import { checkedPlan } from "../../testing/checked-plan.ts";
import { createSweepController } from "./controller.ts";
import { planSweep } from "./plan.ts";

const now = new Date("2026-01-01T00:00:00Z");
const manifest = "spec:\n  command: python train.py\n";

const sweep = (more: Partial<SweepSpec> = {}, status?: SweepStatus): Sweep => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Sweep",
  metadata: { name: "s", namespace: "n", uid: "u", generation: 1 },
  spec: {
    template: { manifest, image: "i", message: "tune", env: { A: "1" } },
    trials: ["1", "2", "3"].map((lr) => ({ parameters: { lr } })),
    ...more,
  },
  ...(status && { status }),
});
const trial = (index: number, status: ExperimentStatus = { state: "Processing" }): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: `s-${index}`, namespace: "n", uid: `e${index}`, labels: { "windlass.dev/trial": String(index) } },
  spec: { manifest },
  status,
});
const done = (index: number) => trial(index, { state: "Succeeded" });
const planAfter = (failures: readonly WriteFailure[], root: Sweep, ...experiments: readonly Experiment[]) =>
  checkedPlan(createSweepController(), planSweep, root, { experiments, failures }, now);
const plan = (root: Sweep, ...experiments: readonly Experiment[]) => planAfter([], root, ...experiments);
const names = (made: ReturnType<typeof plan>) => made.apply.map(({ target }) => target.metadata.name);

test("a trial is an experiment with its parameters in command, variables and annotation", () => {
  expect(plan(sweep()).apply).toEqual([
    {
      kind: expect.objectContaining({ kind: "Experiment" }),
      mode: "create",
      target: {
        apiVersion: "windlass.dev/v1alpha1",
        kind: "Experiment",
        metadata: {
          name: "s-0",
          namespace: "n",
          labels: { "windlass.dev/sweep": "s", "windlass.dev/trial": "0" },
          annotations: { "windlass.dev/parameters": '{"lr":"1"}' },
          ownerReferences: [
            {
              apiVersion: "windlass.dev/v1alpha1",
              kind: "Sweep",
              name: "s",
              uid: "u",
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
        spec: {
          manifest: "spec:\n  command: python train.py --lr=1\n",
          image: "i",
          message: "lr=1 · tune",
          env: { A: "1", WINDLASS_PARAM_LR: "1" },
        },
      },
    },
  ]);
});

test.each<[string, Sweep, readonly Experiment[], readonly string[]]>([
  ["one at a time when nothing is said", sweep(), [], ["s-0"]],
  ["as many as may run at once", sweep({ parallelism: 2 }), [], ["s-0", "s-1"]],
  ["no more than there are", sweep({ parallelism: 9 }), [], ["s-0", "s-1", "s-2"]],
  ["nothing while all places are taken", sweep({ parallelism: 2 }), [trial(0), trial(1)], []],
  [
    "the next when one has ended, however it ended",
    sweep({ parallelism: 2 }),
    [trial(0, { state: "Failed" }), trial(1)],
    ["s-2"],
  ],
  ["what was deleted is not started again", sweep({}, { started: 2 }), [], ["s-2"]],
  ["what could not be made at first", sweep(), [done(1)], ["s-0"]],
])("starts %s", (_, root, experiments, wanted) => {
  expect(names(plan(root, ...experiments))).toEqual(wanted);
});

const built = { template: { manifest, sourceDirectory: "/src" }, parallelism: 3 };

test("where a source is built the first trial builds it alone, and the others run its image", () => {
  expect(names(plan(sweep(built)))).toEqual(["s-0"]);
  expect(names(plan(sweep(built), trial(0)))).toEqual([]);
  const after = plan(sweep(built), trial(0, { state: "Processing", image: "made" }));
  expect(after.apply.map(({ target }) => (target as Experiment).spec.image)).toEqual(["made", "made"]);
  expect(after.status?.image).toBe("made");
});

const finished = (made: ReturnType<typeof plan>) => [made.status?.state, made.status?.reason, made.status?.message];

test.each<[string, Sweep, readonly Experiment[], readonly (string | undefined)[]]>([
  [
    "goes on while one runs",
    sweep({}, { started: 3 }),
    [done(0), done(1), trial(2)],
    ["Running", undefined, undefined],
  ],
  ["succeeds when all have", sweep(), [done(0), done(1), done(2)], ["Succeeded", "Completed", "3 of 3 succeeded"]],
  [
    "fails when one has",
    sweep(),
    [done(0), trial(1, { state: "Failed" }), done(2)],
    ["Failed", "TrialsFailed", "2 of 3 succeeded, 1 failed"],
  ],
  [
    "counts what was deleted",
    sweep({}, { started: 3 }),
    [done(0), trial(1, { state: "Cancelled" })],
    ["Failed", "TrialsFailed", "1 of 3 succeeded, 1 cancelled, 1 deleted"],
  ],
  [
    "ends when the source cannot be built",
    sweep(built),
    [trial(0, { state: "Failed", reason: "BuildFailed", message: "no pip" })],
    ["Failed", "BuildFailed", "s-0: no pip"],
  ],
  [
    "ends when the source cannot be copied",
    sweep(built),
    [trial(0, { state: "Failed", reason: "CloneFailed", message: "no such folder" })],
    ["Failed", "CloneFailed", "s-0: no such folder"],
  ],
  [
    "goes on after a first trial that failed by itself before it had an image",
    sweep(built),
    [trial(0, { state: "Failed", reason: "ManifestInvalid", message: "no" })],
    ["Running", undefined, undefined],
  ],
  [
    "is cancelled when nothing runs any more",
    sweep({ cancelled: true }),
    [done(0)],
    ["Cancelled", "Cancelled", "cancelled by the user; 2 of 3 were not started"],
  ],
  [
    "ends when its manifest has no command",
    sweep({ template: { manifest: "spec: {}", image: "i" } }),
    [],
    ["Failed", "ManifestInvalid", "cannot apply the parameters to the manifest: spec.command: no command"],
  ],
])("a sweep %s", (_, root, experiments, wanted) => {
  expect(finished(plan(root, ...experiments))).toEqual(wanted);
});

test("cancelling cancels what runs, once, and starts nothing", () => {
  const cancelled = { ...trial(1), spec: { manifest, cancelled: true } };
  const made = plan(sweep({ cancelled: true, parallelism: 3 }), trial(0), cancelled, done(2));
  expect(made.apply).toEqual([
    expect.objectContaining({
      mode: "patch",
      target: expect.objectContaining({
        metadata: expect.objectContaining({ name: "s-0" }),
        spec: { cancelled: true },
      }),
    }),
  ]);
  expect(made.status?.state).toBe("Running");
});

test("a sweep that has ended does nothing", () => {
  const status: SweepStatus = { state: "Succeeded", started: 3 };
  expect(plan(sweep({}, status))).toEqual({ apply: [], remove: [], events: [], status });
});

test("a write that failed is told while it is tried again", () => {
  const made = planAfter([{ verb: "Create", reason: "Forbidden", message: "quota" }], sweep());
  expect(made.status).toMatchObject({
    state: "Running",
    started: 0,
    reason: "FailedToStart",
    message: "retrying: quota",
  });
});

test.each<[string, ReturnType<typeof plan>, object]>([
  [
    "that failed warns",
    plan(sweep(), done(0), trial(1, { state: "Failed" }), done(2)),
    { type: "Warning", reason: "SweepFailed", action: "Finish", message: "2 of 3 succeeded, 1 failed" },
  ],
  [
    "that succeeded is told",
    plan(sweep(), done(0), done(1), done(2)),
    { type: "Normal", reason: "SweepSucceeded", action: "Finish", message: "3 of 3 succeeded" },
  ],
])("an end %s", (_, { events }, wanted) => expect(events).toEqual([wanted]));
