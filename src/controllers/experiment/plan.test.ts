import { describe, expect, test } from "vitest";
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import type { World } from "./observe.ts";
import type { RayJobLike } from "./workload/outcome.ts";
import type { Outcome } from "../../runtime/action.ts";
import { joinSteps } from "../../runtime/steps.ts";
import type { Settings } from "./options.ts";
import { planExperiment as planSteps } from "./plan.ts";
import { enterStep, finish } from "./status.ts";

const now = new Date("2026-01-01T00:00:00Z");
const later = new Date("2026-01-01T00:01:00Z");
const planExperiment = (...args: Parameters<typeof planSteps>) => joinSteps(planSteps(...args));
const settings: Settings = { platform: { projectId: "p", storage: { outputs: "/out/" } }, builds: true };
const empty: World = { failures: [] };

const manifest = `kind: AIchorManifest
apiVersion: "0.2.3"
spec:
  operator: kuberay
  image: demo
  command: python3 main.py
  rayVersion: "2.60.0"
  types:
    Head: { resources: { cpus: 1, ramRatio: 2 } }
    Workers: []
`;

function experiment(spec: Partial<Experiment["spec"]> = {}, status?: ExperimentStatus): Experiment {
  const metadata = { name: "experiment-6f4a850d-2281", namespace: "default", uid: "u", generation: 1 };
  const id = "6f4a850d-2281-4a6e-8d9e-68aa5d69034e";
  return {
    apiVersion: "windlass.dev/v1alpha1",
    kind: "Experiment",
    metadata,
    spec: { manifest, id, ...spec },
    ...(status && { status }),
  };
}

const rayJob = (status: RayJobLike["status"]): World => ({
  failures: [],
  rayJob: {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata: { name: "experiment-6f4a850d-2281", namespace: "default" },
    status,
  },
});

const plan = (root: Experiment, world: World = empty) => planExperiment(root, world, now, settings);
const submitted: ExperimentStatus = {
  ...enterStep({ state: "Processing", startTime: "2026-01-01T00:00:00Z" }, "Submitting", now),
  workload: { apiVersion: "ray.io/v1", kind: "RayJob", name: "experiment-6f4a850d-2281" },
};

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

describe("a manifest that skips the build", () => {
  const id = "11111111-2222-4333-8444-555555555555";
  const skipping = (more = "") =>
    manifest.replace("spec:", `builder: { skipBuild: { enabled: true, experimentID: "${id}"${more} } }\nspec:`);
  const named = (status?: ExperimentStatus, spec: Partial<Experiment["spec"]> = {}): Experiment => ({
    ...experiment({ id, ...spec }, status),
    metadata: { name: "earlier", namespace: "default", uid: "e" },
  });
  const among = (...experiments: readonly Experiment[]): World => ({ ...empty, experiments });
  const asking = (more = "", status?: ExperimentStatus) =>
    experiment({ manifest: skipping(more), sourceDirectory: "/src" }, status);
  const done = { image: "windlass.local/demo:earlier" };

  test("runs the image of the other experiment, without cloning and building", () => {
    const found = plan(asking(), among(named(done)));
    expect(found).toMatchObject({ status: done, requeueAfterMs: 0 });
    const { status, apply } = plan(asking("", found.status));
    expect(status?.steps?.slice(1, 4).map(({ state }) => state)).toEqual(["Skipped", "Skipped", "Active"]);
    expect(JSON.stringify(apply[0]?.target)).toContain('"image":"windlass.local/demo:earlier"');
  });

  const message = "builder.skipBuild: waiting for the image of earlier";
  test.each<[string, ExperimentStatus | undefined, string]>([
    ["has not begun", undefined, ""],
    ["builds", { state: "Processing", step: "Building" }, ""],
    ["builds, where it must have one", { state: "Processing", step: "Building" }, ", failIfNotFound: true"],
  ])(
    "waits while the other one %s, and asks for nothing: the other's change brings the next reconcile",
    (_, status, more) => {
      const waiting = plan(asking(more), among(named(status)));
      expect(waiting).toEqual({ apply: [], remove: [], events: [], status: waiting.status });
      expect(waiting.status).toMatchObject({ step: "Waiting", reason: "WaitingForImage", message });
      expect(waiting.status?.steps?.[0]).toMatchObject({ name: "Waiting", state: "Active", message });
      expect(plan(asking(more, waiting.status), among(named(done))).status).toMatchObject(done);
    },
  );

  const back = skipping().replace(id, "6f4a850d-2281-4a6e-8d9e-68aa5d69034e");
  test.each<[string, readonly Experiment[]]>([
    ["is not known", []],
    ["ended without one", [named({ state: "Failed" })]],
    ["waits for this one", [named(undefined, { manifest: back })]],
    ["is this one", [{ ...asking(), spec: { ...asking().spec, id } }]],
  ])("builds its own when the other one %s, or fails when it says so", (_, experiments) => {
    const self = experiments[0]?.metadata.uid === "u" ? { id } : {};
    const root = (more: string) => ({ ...asking(more), spec: { ...asking(more).spec, ...self } });
    expect(plan(root(""), among(...experiments)).actions).toMatchObject([{ action: "Clone" }]);
    expect(plan(root(", failIfNotFound: true"), among(...experiments)).status).toMatchObject({
      state: "Failed",
      reason: "ImageNotFound",
      message: expect.stringContaining(id),
    });
  });

  test("waits for one that waits for itself: that one will build", () => {
    const self = named(undefined, { manifest: skipping() });
    expect(plan(asking(), among(self)).status).toMatchObject({ reason: "WaitingForImage" });
  });

  test("goes on building its own when the other one comes later", () => {
    const building = { ...enterStep({}, "Building", now), snapshot: "x" };
    expect(plan(asking("", building), among(named())).actions).toMatchObject([{ action: "Build" }]);
  });

  test("can be cancelled while it waits", () => {
    const { status } = plan(asking(), among(named()));
    const root = asking("", status);
    const cancelled = { ...root, spec: { ...root.spec, cancelled: true } };
    expect(plan(cancelled, among(named())).status).toMatchObject({ state: "Cancelled" });
  });

  test("runs the image that the user names in its place", () => {
    const { status } = plan(experiment({ manifest: skipping(), image: "r/demo:1" }), among(named(done)));
    expect(status).toMatchObject({ step: "Submitting", image: "r/demo:1" });
  });
});

describe("following the workload", () => {
  test.each<[string, RayJobLike["status"], object]>([
    ["initializing", { jobDeploymentStatus: "Initializing" }, { state: "Processing", step: "Submitting" }],
    ["running", { jobDeploymentStatus: "Running" }, { state: "Processing", step: "Running" }],
    [
      "complete",
      { jobDeploymentStatus: "Complete", jobStatus: "SUCCEEDED" },
      { state: "Succeeded", reason: "Completed" },
    ],
    [
      "stopped in Ray",
      { jobDeploymentStatus: "Complete", jobStatus: "STOPPED" },
      { state: "Cancelled", reason: "JobStopped" },
    ],
    [
      "failed by the command",
      { jobDeploymentStatus: "Failed", jobStatus: "FAILED", reason: "AppFailed", message: "exit code 3" },
      { state: "Failed", reason: "CommandFailed", message: "exit code 3" },
    ],
    [
      "past its deadline",
      { jobDeploymentStatus: "Failed", reason: "DeadlineExceeded", message: "too long" },
      { state: "Failed", reason: "Timeout" },
    ],
  ])("%s", (_, status, wanted) => expect(plan(experiment({}, submitted), rayJob(status)).status).toMatchObject(wanted));

  test("cancelling suspends the workload, and ends when it is suspended", () => {
    const root = experiment({ cancelled: true }, submitted);
    const suspending = plan(root, rayJob({ jobDeploymentStatus: "Running" }));
    expect(suspending.apply[0]?.target).toMatchObject({ kind: "RayJob", spec: { suspend: true } });
    expect(suspending.status?.state).toBe("Processing");
    expect(plan(root, rayJob({ jobDeploymentStatus: "Suspended" })).status).toMatchObject({
      state: "Cancelled",
      reason: "Cancelled",
    });
  });

  test("a workload that is suspended from outside is told, and no longer once it goes on", () => {
    const { status } = plan(experiment({}, submitted), rayJob({ jobDeploymentStatus: "Suspended" }));
    expect(status).toMatchObject({ state: "Processing", reason: "Suspended" });
    const resumed = plan(experiment({}, status), rayJob({ jobDeploymentStatus: "Running" })).status;
    expect(resumed).toMatchObject({ state: "Processing", step: "Running" });
    expect(resumed).not.toHaveProperty("reason");
    expect(resumed).not.toHaveProperty("message");
  });

  describe("that may start again, and has run since the first attempt", () => {
    const root = experiment({}, enterStep(submitted, "Running", now));
    const world = (status: RayJobLike["status"], spec: object = { backoffLimit: 2, activeDeadlineSeconds: 60 }) => {
      const { rayJob: job } = rayJob(status);
      return { ...empty, rayJob: { ...job, spec } as RayJobLike };
    };
    const at = (seconds: number, status: RayJobLike["status"], spec?: object) =>
      planExperiment(root, world(status, spec), new Date(now.getTime() + seconds * 1000), settings);

    test("is requeued for when the time of all attempts is over", () => {
      expect(at(20, { jobDeploymentStatus: "Retrying" })).toMatchObject({ apply: [], requeueAfterMs: 40_000 });
    });

    test("counts from the reconcile that sees it run", () => {
      const { status, requeueAfterMs } = plan(experiment({}, submitted), world({ jobDeploymentStatus: "Running" }));
      expect([status?.step, requeueAfterMs]).toEqual(["Running", 60_000]);
    });

    test("is stopped then, whichever attempt it is, and has failed once it stands still", () => {
      expect(at(60, { jobDeploymentStatus: "Running" }).apply[0]?.target).toMatchObject({ spec: { suspend: true } });
      expect(at(61, { jobDeploymentStatus: "Suspended" }).status).toMatchObject({
        state: "Failed",
        reason: "Timeout",
        message: "all attempts together exceeded 60 s",
      });
    });

    test("has the time back in which the machine slept", () => {
      const { rayJob: job } = world({ jobDeploymentStatus: "Running" });
      const [from, to] = [1, 100].map((seconds) => new Date(now.getTime() + seconds * 1000).toISOString());
      const metadata = { ...job.metadata, annotations: { "windlass.dev/slept": `${from}/${to}` } };
      const plan = planExperiment(
        root,
        { ...empty, rayJob: { ...job, metadata } },
        new Date(now.getTime() + 119_000),
        settings,
      );
      expect(plan).toMatchObject({ apply: [], requeueAfterMs: 40_000 });
    });

    test("is left to its own deadline where there is but one attempt", () => {
      const once = at(99, { jobDeploymentStatus: "Running" }, { activeDeadlineSeconds: 60 });
      expect(once.apply).toEqual([]);
      expect(once).not.toHaveProperty("requeueAfterMs");
    });

    test("a JobSet's attempts are its restarts", () => {
      const template = { spec: { activeDeadlineSeconds: 60 } };
      const jobSet = {
        apiVersion: "jobset.x-k8s.io/v1alpha2",
        kind: "JobSet",
        metadata: { name: "experiment-6f4a850d-2281", namespace: "default" },
        spec: { failurePolicy: { maxRestarts: 1 }, replicatedJobs: [{ name: "a", template }] },
      };
      const { apply } = planExperiment(root, { ...empty, jobSet }, new Date(now.getTime() + 60_000), settings);
      expect(apply[0]?.target).toMatchObject({ kind: "JobSet", spec: { suspend: true } });
    });
  });

  test("a failed JobSet's pods are asked why before the experiment ends", () => {
    const metadata = { name: "experiment-6f4a850d-2281", namespace: "default", uid: "j", resourceVersion: "7" };
    const failed = {
      type: "Failed",
      status: "True" as const,
      reason: "FailedJobs",
      message: "a Job failed",
      lastTransitionTime: "",
    };
    const jobSet = {
      apiVersion: "jobset.x-k8s.io/v1alpha2",
      kind: "JobSet",
      metadata,
      status: { conditions: [failed] },
    };
    const ask = (world: Partial<World>) =>
      planExperiment(experiment({}, submitted), { failures: [], jobSet, ...world }, now, {
        ...settings,
        examines: true,
      });
    const question = { uid: "j", resourceVersion: "7" };
    const asked = ask({});
    expect(asked.actions).toEqual([{ action: "Examine", question }]);
    expect(asked.status?.state).toBe("Processing");
    const told = (outcome: NonNullable<World["postmortem"]>["outcome"]) =>
      ask({ postmortem: { question, at: now, outcome } }).status;
    const cause = { reason: "CommandFailed", message: "exit code 3" } as const;
    expect(told({ ok: true, value: cause })).toMatchObject({ state: "Failed", ...cause });
    const own = { state: "Failed", reason: "FailedJobs", message: "a Job failed" };
    expect(told({ ok: true, value: undefined })).toMatchObject(own);
    expect(told({ ok: false, error: "no answer" })).toMatchObject(own);
  });

  test("a workload that somebody deleted", () => {
    expect(plan(experiment({}, submitted)).status).toMatchObject({ state: "Failed", reason: "WorkloadDeleted" });
  });

  test("nothing to do once it has ended", () => {
    const ended = finish(submitted, { state: "Succeeded", reason: "Completed" }, later);
    expect(plan(experiment({}, ended), rayJob({ jobDeploymentStatus: "Running" }))).toEqual({
      apply: [],
      remove: [],
      events: [],
      status: ended,
    });
  });
});

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

describe("steps", () => {
  test("entering a step twice changes nothing; going back is not possible", () => {
    const once = enterStep({}, "Building", now);
    expect(enterStep(once, "Building", later)).toBe(once);
    expect(enterStep(once, "Cloning", later)).toBe(once);
  });
  test("the step under way fails with the experiment", () => {
    const failed = finish(
      enterStep({}, "Running", now),
      { state: "Failed", reason: "CommandFailed", message: "why" },
      later,
    );
    expect(failed.steps?.find(({ name }) => name === "Running")).toMatchObject({
      state: "Failed",
      message: "why",
      endTime: "2026-01-01T00:01:00Z",
    });
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
