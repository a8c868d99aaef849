/** The image of another experiment: waiting for it, taking it, and doing without. */
import { describe, expect, test } from "vitest";
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import type { World } from "./observe.ts";
import { empty, experiment, manifest, now, plan } from "./plan.test-support.ts";
import { enterStep } from "./status.ts";

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
