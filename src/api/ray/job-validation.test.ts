/** Every rule of RayJob by a spec that breaks it, and what it lets pass. */
import { describe, expect, it } from "vitest";
import { defaultRayGates } from "./gates.ts";
import { ft, groups, makeClusterSpec, makeHead, makeJob } from "./samples.test-support.ts";
import type { DeletionRule, RayJobSpec } from "./types.ts";
import { validateRayJobMetadata, validateRayJobSpec, validateRayJobStatus } from "./validation.ts";

const rule = (
  policy: DeletionRule["policy"],
  jobStatus: "SUCCEEDED" | "FAILED" | undefined,
  ttlSeconds = 0,
): DeletionRule => ({
  policy,
  condition: { ...(jobStatus && { jobStatus }), ttlSeconds },
});
const rules = (...deletionRules: DeletionRule[]): Partial<RayJobSpec> => ({ deletionStrategy: { deletionRules } });
const legacy = (onSuccess: DeletionRule["policy"] | undefined, onFailure: DeletionRule["policy"] | undefined) => ({
  deletionStrategy: { onSuccess: { policy: onSuccess }, onFailure: { policy: onFailure } },
});
const selector = { clusterSelector: { "ray.io/cluster": "c" } };
const scaled = { rayClusterSpec: makeClusterSpec({ enableInTreeAutoscaling: true }) };

const jobRows: readonly (readonly [what: string, spec: Partial<RayJobSpec>, told: RegExp | undefined])[] = [
  ["the sample", {}, undefined],
  ["suspended without shutdown", { suspend: true }, /not allowed to be suspended/],
  ["suspended with shutdown", { suspend: true, shutdownAfterJobFinishes: true }, undefined],
  ["a negative time to live", { ttlSecondsAfterFinished: -1 }, /must not be negative/],
  ["a time to live without shutdown", { ttlSecondsAfterFinished: 1 }, /cannot have ttlSecondsAfterFinished/],
  [
    "rules with shutdown",
    { ...rules(rule("DeleteSelf", "FAILED")), shutdownAfterJobFinishes: true },
    /together with shutdownAfterJobFinishes/,
  ],
  [
    "rules with legacy policies",
    {
      deletionStrategy: {
        ...legacy("DeleteNone", "DeleteNone").deletionStrategy,
        ...rules(rule("DeleteSelf", "FAILED")).deletionStrategy,
      },
    },
    /together with deletionRules/,
  ],
  ["a strategy of nothing", { deletionStrategy: {} }, /needs the policies of both/],
  ["one legacy policy", legacy("DeleteSelf", undefined), /needs the policies of both/],
  ["two legacy policies", legacy("DeleteCluster", "DeleteNone"), undefined],
  [
    "a legacy policy of a chosen cluster",
    { ...legacy("DeleteCluster", "DeleteNone"), ...selector },
    /DeleteCluster cannot be used with clusterSelector/,
  ],
  [
    "workers of an autoscaled cluster",
    { ...legacy("DeleteNone", "DeleteWorkers"), ...scaled },
    /DeleteWorkers cannot be used with autoscaling/,
  ],
  [
    "nothing to delete, with shutdown",
    { ...legacy("DeleteNone", "DeleteSelf"), shutdownAfterJobFinishes: true },
    /contradicts the policy DeleteNone/,
  ],
  [
    "rules in order",
    rules(rule("DeleteWorkers", "FAILED", 1), rule("DeleteCluster", "FAILED", 2), rule("DeleteSelf", "FAILED", 2)),
    undefined,
  ],
  [
    "a rule without a condition",
    rules(rule("DeleteSelf", undefined)),
    /deletionRules\[0\]: a deletion condition needs/,
  ],
  [
    "a rule with two conditions",
    rules({ policy: "DeleteSelf", condition: { jobStatus: "FAILED", jobDeploymentStatus: "Failed" } }),
    /cannot be used together/,
  ],
  ["a rule with a negative time", rules(rule("DeleteSelf", "FAILED", -1)), /ttlSeconds must not be negative/],
  [
    "a rule about a chosen cluster",
    { ...rules(rule("DeleteWorkers", "FAILED")), ...selector },
    /DeleteWorkers cannot be used with clusterSelector/,
  ],
  ["a rule about autoscaled workers", { ...rules(rule("DeleteWorkers", "FAILED")), ...scaled }, /autoscaling/],
  [
    "the same rule twice",
    rules(rule("DeleteSelf", "FAILED"), rule("DeleteSelf", "FAILED", 5)),
    /two rules with DeleteSelf for FAILED/,
  ],
  [
    "workers going after their cluster",
    rules(rule("DeleteCluster", "FAILED", 1), rule("DeleteWorkers", "FAILED", 2)),
    /DeleteCluster must not be less than that of DeleteWorkers/,
  ],
  [
    "every problem of the rules at once",
    rules(rule("DeleteSelf", undefined), rule("DeleteCluster", "FAILED", -1)),
    /deletionRules\[0\].*; deletionRules\[1\]/,
  ],
  [
    "suspended on a chosen cluster",
    { ...selector, suspend: true, shutdownAfterJobFinishes: true },
    /clusterSelector is not allowed to be suspended/,
  ],
  ["no cluster at all", { rayClusterSpec: undefined }, /one of rayClusterSpec or clusterSelector/],
  ["a selector that names none", { clusterSelector: { a: "b" } }, /must name a cluster at ray.io\/cluster/],
  ["a chosen cluster", { ...selector, rayClusterSpec: undefined }, undefined],
  ["a sidecar in a chosen cluster", { ...selector, submissionMode: "SidecarMode" }, /SidecarMode/],
  ["retries on a chosen cluster", { ...selector, backoffLimit: 1 }, /backoffLimit/],
  ["retries of an interactive job", { submissionMode: "InteractiveMode", backoffLimit: 1 }, /InteractiveMode/],
  [
    "a sidecar with a submitter of its own",
    { submissionMode: "SidecarMode", submitterPodTemplate: makeHead().template },
    /submitterPodTemplate/,
  ],
  ["a sidecar with a submitter's settings", { submissionMode: "SidecarMode", submitterConfig: {} }, /submitterConfig/],
  [
    "a sidecar on a restarting head",
    {
      submissionMode: "SidecarMode",
      rayClusterSpec: makeClusterSpec({ headGroupSpec: makeHead({}, {}, { restartPolicy: "Always" }) }),
    },
    /restartPolicy Never/,
  ],
  ["a sidecar", { submissionMode: "SidecarMode" }, undefined],
  [
    "Kubernetes tokens",
    {
      rayClusterSpec: makeClusterSpec({
        rayVersion: "2.55.0",
        authOptions: { mode: "token", enableK8sTokenAuth: true },
      }),
    },
    /not supported in a RayJob/,
  ],
  [
    "a cluster that breaks a rule",
    { rayClusterSpec: makeClusterSpec(groups({ minReplicas: -1 })) },
    /negative minReplicas/,
  ],
  [
    "a cluster with an upgrade strategy",
    { rayClusterSpec: makeClusterSpec({ upgradeStrategy: { type: "Recreate" } }) },
    /created by RayJob/,
  ],
  [
    "metadata on an old Ray",
    { metadata: { a: "b" }, rayClusterSpec: makeClusterSpec({ rayVersion: "2.5.1" }) },
    /metadata needs rayVersion 2\.6\.0/,
  ],
  [
    "metadata over HTTP to an old Ray",
    { metadata: { a: "b" }, submissionMode: "HTTPMode", rayClusterSpec: makeClusterSpec({ rayVersion: "2.5.1" }) },
    undefined,
  ],
  ["an active deadline of 0", { activeDeadlineSeconds: 0 }, /activeDeadlineSeconds must be positive/],
  ["a deadline before running of 0", { preRunningDeadlineSeconds: 0 }, /preRunningDeadlineSeconds must be positive/],
  ["a negative backoffLimit", { backoffLimit: -1 }, /backoffLimit must not be negative/],
];

describe("a RayJob's spec", () => {
  it.each(jobRows)("%s", (_, spec, told) => {
    const found = validateRayJobSpec(makeJob(spec));
    if (told) expect(found).toMatch(told);
    else expect(found).toBeUndefined();
  });

  it("looks at the job's own annotations for its cluster's sake", () => {
    const job = makeJob({ rayClusterSpec: makeClusterSpec(ft()) }, undefined, {
      annotations: { "ray.io/ft-enabled": "true" },
    });
    expect(validateRayJobSpec(job)).toMatch(/not both/);
  });

  it("refuses a deletionStrategy when its gate is off", () => {
    const gates = { ...defaultRayGates, RayJobDeletionPolicy: false };
    expect(validateRayJobSpec(makeJob(legacy("DeleteSelf", "DeleteSelf")), gates)).toMatch(/RayJobDeletionPolicy/);
  });
});

it("a RayJob's name has at most 47 characters", () => {
  expect(validateRayJobMetadata(makeJob({}, undefined, { name: "a".repeat(48) }))).toBe(
    "The RayJob metadata is invalid: RayJob name should be no more than 47 characters",
  );
  expect(validateRayJobMetadata(makeJob())).toBeUndefined();
});

it("only an interactive RayJob waits", () => {
  const status = { jobDeploymentStatus: "Waiting" } as const;
  expect(validateRayJobStatus(makeJob({}, status))).toMatch(/InteractiveMode/);
  expect(validateRayJobStatus(makeJob({ submissionMode: "InteractiveMode" }, status))).toBeUndefined();
});
