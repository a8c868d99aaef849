import { describe, expect, test } from "vitest";
import type { Claim, PersistentVolume } from "../../../api/core/volume.ts";
import { checkedPlan } from "../../../testing/checked-plan.ts";
import { planClaim, pvcBinderController } from "./controller.ts";
import { planVolume, volumeController } from "./volumes.ts";

const makeClaim = (spec: Claim["spec"] = {}, status?: Claim["status"]): Claim => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "data", namespace: "n", uid: "claim-uid" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } }, ...spec },
  ...(status && { status }),
});

const makeVolume = (name: string, spec: PersistentVolume["spec"] = {}): PersistentVolume => ({
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name, uid: `${name}-uid`, labels: { set: name } },
  spec: {
    capacity: { storage: "10Gi" },
    accessModes: ["ReadWriteOnce", "ReadOnlyMany"],
    hostPath: { path: `/data/${name}` },
    ...spec,
  },
});

const own = { name: "data", namespace: "n" };
const free = "a new folder";
const waiting = "FailedBinding: no persistent volumes available for this claim and no storage class is set";
const mismatch = 'VolumeMismatch: Cannot bind to requested volume "a": ';

/** What the claim gets: a volume's name, a new folder, or the event about why it waits. */
function outcome(claim: Claim, volumes: readonly PersistentVolume[]): string | undefined {
  const { status, patchRoot, apply, events } = checkedPlan(pvcBinderController, planClaim, claim, volumes);
  const [event] = events;
  if (event) return `${event.reason}: ${event.message}`;
  const { volumeName } = (patchRoot?.["spec"] ?? {}) as { readonly volumeName?: string };
  if (volumeName === undefined) return status?.phase === "Bound" ? free : undefined;
  const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", ...own, uid: "claim-uid" };
  expect(apply).toMatchObject([{ mode: "patch", target: { metadata: { name: volumeName }, spec: { claimRef } } }]);
  expect(status).toMatchObject({ phase: "Bound", accessModes: ["ReadWriteOnce", "ReadOnlyMany"] });
  return volumeName;
}

const rows: Readonly<Record<string, readonly [Claim["spec"], readonly PersistentVolume[], string]>> = {
  "no class: a new folder, whatever volumes are free": [{}, [makeVolume("a")], free],
  "no class, and a volume reserved for it: that one": [{}, [makeVolume("a", { claimRef: own })], "a"],
  "an empty class: the volume that is free": [{ storageClassName: "" }, [makeVolume("a")], "a"],
  "an empty class and no volume: it waits": [{ storageClassName: "" }, [], waiting],
  "the smallest volume that is large enough": [
    { storageClassName: "" },
    [
      makeVolume("small", { capacity: { storage: "1Gi" } }),
      makeVolume("large", { capacity: { storage: "1Ti" } }),
      makeVolume("fit", { capacity: { storage: "11Gi" } }),
    ],
    "fit",
  ],
  "a volume that another claim has is not taken": [
    { storageClassName: "" },
    [makeVolume("a", { claimRef: { ...own, uid: "earlier" } })],
    waiting,
  ],
  "an access mode that the volume lacks": [
    { storageClassName: "", accessModes: ["ReadWriteMany"] },
    [makeVolume("a")],
    waiting,
  ],
  "a class with a volume of it: that one": [
    { storageClassName: "manual" },
    [makeVolume("a"), makeVolume("b", { storageClassName: "manual" })],
    "b",
  ],
  "a class without a volume of it: a new folder": [{ storageClassName: "gp2" }, [makeVolume("a")], free],
  "a selector": [
    { storageClassName: "", selector: { matchLabels: { set: "b" } } },
    [makeVolume("a"), makeVolume("b")],
    "b",
  ],
  "a volume by name, without a class on either side": [{ volumeName: "a" }, [makeVolume("a")], "a"],
  "a volume by name that does not exist": [{ volumeName: "a" }, [], 'FailedBinding: volume "a" does not exist'],
  "a volume by name that is too small": [
    { volumeName: "a" },
    [makeVolume("a", { capacity: { storage: "9Gi" } })],
    `${mismatch}requested PV is too small`,
  ],
  "a volume by name with other access modes": [
    { volumeName: "a", accessModes: ["ReadWriteMany"] },
    [makeVolume("a")],
    `${mismatch}incompatible accessMode`,
  ],
  "a volume by name of another class": [
    { volumeName: "a", storageClassName: "x" },
    [makeVolume("a")],
    `${mismatch}storageClassName does not match`,
  ],
  "a volume by name that another claim has": [
    { volumeName: "a" },
    [makeVolume("a", { claimRef: { ...own, name: "other" } })],
    'FailedBinding: volume "a" already bound to a different claim.',
  ],
};

describe("a claim that is not bound gets", () => {
  for (const [name, [spec, volumes, wanted]] of Object.entries(rows))
    test(name, () => expect(outcome(makeClaim(spec), volumes)).toBe(wanted));
});

describe("a claim that is bound", () => {
  const bound = makeClaim({ volumeName: "a" }, { phase: "Bound" });
  test("is left alone", () => expect(outcome(bound, [makeVolume("a")])).toBeUndefined());
  test("is lost with its volume, and told once", () => {
    expect(checkedPlan(pvcBinderController, planClaim, bound, [])).toMatchObject({
      status: { phase: "Lost" },
      events: [{ reason: "ClaimLost" }],
    });
    expect(outcome(makeClaim({ volumeName: "a" }, { phase: "Lost" }), [])).toBeUndefined();
  });
});

describe("a volume is", () => {
  test.each([
    ["Available without a claim", undefined, undefined, "Available"],
    ["Available while it is only reserved", own, makeClaim(), "Available"],
    ["Bound to the claim that it names", { ...own, uid: "claim-uid" }, makeClaim(), "Bound"],
    ["Released when the claim is gone", { ...own, uid: "claim-uid" }, undefined, "Released"],
    ["Released when another claim has the name now", { ...own, uid: "earlier" }, makeClaim(), "Released"],
  ])("%s", (_, claimRef, claim, phase) =>
    expect(checkedPlan(volumeController, planVolume, makeVolume("a", { claimRef }), claim)).toMatchObject({
      status: { phase },
    }),
  );
});
