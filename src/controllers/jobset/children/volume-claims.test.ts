import { describe } from "vitest";
import type { JobSet } from "../../../api/jobset/types.ts";
import { claimNoun } from "../events.ts";
import { counts, type Made, makeChild, running, statusOf } from "../model.test-support.ts";
import { rows, service } from "../plan.test-support.ts";

const claimSpec = { accessModes: ["ReadWriteOnce"] };
const claim = (owned: boolean) => ({
  kind: {
    group: "",
    version: "v1",
    kind: "PersistentVolumeClaim",
    resource: "persistentvolumeclaims",
    namespaced: true,
  },
  target: {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: "data-js",
      namespace: "ns",
      labels: { of: "user", "jobset.sigs.k8s.io/jobset-name": "js" },
      ...(owned && { ownerReferences: service.target.metadata.ownerReferences }),
    },
    spec: claimSpec,
  },
  mode: "create",
  as: claimNoun,
  accepts: "any",
});
const claims = (whenDeleted?: "Delete" | "Retain"): Made => ({
  spec: {
    volumeClaimPolicies: [
      {
        templates: [{ metadata: { name: "data", labels: { of: "user" } }, spec: claimSpec }],
        ...(whenDeleted && { retentionPolicy: { whenDeleted } }),
      },
    ],
  },
  status: statusOf([counts("w", { active: 1, ready: 1 })]),
});
const runs = (jobSet: JobSet) => [makeChild(jobSet, "w-0", running)];

describe("claims", () => {
  rows({
    "go with the JobSet unless told otherwise": {
      jobSet: claims(),
      jobs: runs,
      plan: ({ status }) => ({ apply: [claim(true)], status }),
    },
    "are nobody's when retained": {
      jobSet: claims("Retain"),
      jobs: runs,
      plan: ({ status }) => ({ apply: [claim(false)], status }),
    },
    "that exist are left alone": {
      jobSet: claims(),
      jobs: runs,
      world: { claims: ["data-js"] },
      plan: ({ status }) => ({ status }),
    },
  });
});
