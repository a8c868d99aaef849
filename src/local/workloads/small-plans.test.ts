import { expect, it } from "vitest";
import type { Job } from "../../api/batch/job.ts";
import type { Pod } from "../../api/core/pod.ts";
import { checkedPlan } from "../../testing/checked-plan.ts";
import { trackingFinalizer } from "./job/pods.ts";
import { jobOrphansController, planOrphan } from "./job-orphans/controller.ts";
import { planClaim, pvcBinderController } from "./pvc-binder/controller.ts";
import { planProtection, pvcProtectionController } from "./pvc-protection/controller.ts";
import { planServiceAccount, serviceAccountController } from "./service-account/controller.ts";
import { planTtl, ttlController } from "./ttl/controller.ts";

const nothing = { apply: [], remove: [], events: [] };
const now = new Date("2026-01-01T00:01:00Z");

function makeJob(more: Partial<Job["spec"]>, ended?: string): Job {
  const condition = { type: "Complete", status: "True", lastTransitionTime: ended } as const;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "j", namespace: "n", uid: "u" },
    spec: { template: { spec: { containers: [] } }, ...more },
    status: { conditions: ended ? [condition] : [] },
  };
}

const ttlRows: Record<string, [Job, unknown]> = {
  "no ttl: nothing to do": [makeJob({}, "2026-01-01T00:00:00Z"), nothing],
  "not ended: nothing to do": [makeJob({ ttlSecondsAfterFinished: 0 }), nothing],
  "not yet due: asks to be requeued": [
    makeJob({ ttlSecondsAfterFinished: 90 }, "2026-01-01T00:00:00Z"),
    { ...nothing, requeueAfterMs: 30_000 },
  ],
  "due: deletes the Job, its pods first": [
    makeJob({ ttlSecondsAfterFinished: 60 }, "2026-01-01T00:00:00Z"),
    {
      ...nothing,
      remove: [
        {
          target: expect.objectContaining({ namespace: "n", name: "j", uid: "u" }),
          propagationPolicy: "Foreground",
        },
      ],
    },
  ],
};

for (const [name, [job, expected]] of Object.entries(ttlRows)) {
  it(`ttl: ${name}`, () => expect(checkedPlan(ttlController, planTtl, job, now)).toEqual(expected));
}

function makePod(uid: string | undefined, more: Partial<Pod["metadata"]> = {}): Pod {
  const owner = { apiVersion: "batch/v1", kind: "Job", name: "j", uid: uid ?? "", controller: true };
  const metadata = { name: "p", namespace: "n", finalizers: ["other", trackingFinalizer], ...more };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, ...(uid && { ownerReferences: [owner] }) },
    spec: { containers: [] },
  };
}

const released = { ...nothing, patchRoot: { metadata: { finalizers: ["other"] } } };
const deletingJob: Job = {
  ...makeJob({}),
  metadata: { name: "j", uid: "u", deletionTimestamp: "2026-01-01T00:00:00Z" },
};
const orphanRows: Record<string, [Pod, Job | undefined, unknown]> = {
  "the Job lives: nothing to do": [makePod("u"), makeJob({}), nothing],
  "deleted, the Job lives: is requeued": [
    makePod("u", { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    makeJob({}),
    { ...nothing, requeueAfterMs: 1000 },
  ],
  "not tracked: nothing to do": [makePod("u", { finalizers: [] }), undefined, nothing],
  "the Job is gone: released": [makePod("u"), undefined, released],
  "another Job has the name now: released": [makePod("old"), makeJob({}), released],
  "the Job is being deleted: released": [makePod("u"), deletingJob, released],
  "orphaned on purpose: released": [makePod(undefined), undefined, released],
};

for (const [name, [pod, job, expected]] of Object.entries(orphanRows)) {
  it(`job orphans: ${name}`, () =>
    expect(checkedPlan(jobOrphansController, planOrphan, pod, { job })).toEqual(expected));
}

const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "c", namespace: "n" } };

it("claims: a bound one is left alone, a new one is bound with what it asked for", () => {
  expect(checkedPlan(pvcBinderController, planClaim, { ...claim, status: { phase: "Bound" } }, [])).toEqual(nothing);
  const spec = { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "1Gi" } } };
  expect(checkedPlan(pvcBinderController, planClaim, { ...claim, spec }, [])).toEqual({
    ...nothing,
    status: { phase: "Bound", accessModes: ["ReadWriteMany"], capacity: { storage: "1Gi" } },
  });
});

const claimVolume = { name: "data", persistentVolumeClaim: { claimName: "c" } };
const makeUser = (claimName: string, nodeName?: string, phase?: "Running" | "Succeeded"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", namespace: "n" },
  spec: {
    containers: [],
    volumes: [{ ...claimVolume, persistentVolumeClaim: { claimName } }],
    ...(nodeName && { nodeName }),
  },
  ...(phase && { status: { phase } }),
});

it.each<[string, readonly Pod[], boolean]>([
  ["no pods: goes", [], true],
  ["a pod runs with it: stays", [makeUser("c", "node", "Running")], false],
  ["a pod on a node is about to start with it: stays", [makeUser("c", "node")], false],
  ["a pod without a node: goes", [makeUser("c")], true],
  ["its pod has ended: goes", [makeUser("c", "node", "Succeeded")], true],
  ["the pod uses another: goes", [makeUser("d", "node", "Running")], true],
])("a deleted claim, %s", (_, pods, goes) =>
  expect(checkedPlan(pvcProtectionController, planProtection, claim, { pods })).toEqual(
    goes ? { ...nothing, releaseFinalizer: true } : nothing,
  ),
);

it("namespaces get their account and root CA, and nothing when they have both", () => {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } };
  expect(planServiceAccount(namespace, { hasAccount: true, hasRootCa: true }, "CA")).toEqual([]);
  const plan = checkedPlan(
    serviceAccountController(),
    planServiceAccount,
    namespace,
    { hasAccount: false, hasRootCa: false },
    "CA",
  );
  expect(plan.apply.map(({ target }) => target)).toEqual([
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace: "n" } },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "kube-root-ca.crt", namespace: "n" },
      data: { "ca.crt": "CA" },
    },
  ]);
});
