/** Every rule of RayCluster and RayJob by a spec that breaks it, what it lets pass, and which of two is told first. */
import { describe, expect, it } from "vitest";
import { defaultRayGates, parseRayGates } from "./gates.ts";
import { makeCluster, makeClusterSpec, makeGroup, makeHead, makeJob } from "./samples.test-support.ts";
import type { DeletionRule, RayClusterSpec, RayJobSpec, StringMap } from "./types.ts";
import {
  validateRayClusterMetadata,
  validateRayClusterSpec,
  validateRayClusterStatus,
  validateRayJobMetadata,
  validateRayJobSpec,
  validateRayJobStatus,
  validateUpgradeStrategy,
  warnOfRestarts,
} from "./validation.ts";

const v2 = { enableInTreeAutoscaling: true, autoscalerOptions: { version: "v2" } } as const;
const empty = { spec: { containers: [] } };
const headEnv = (name: string, value = "x") => makeHead({}, { env: [{ name, value }] });
const ft = (more: object = {}) => ({ gcsFaultToleranceOptions: { redisAddress: "redis:6379", ...more } });
const groups = (...changes: Parameters<typeof makeGroup>[0][]) => ({
  workerGroupSpecs: changes.map((more) => makeGroup(more)),
});

type Row = readonly [
  what: string,
  spec: Partial<RayClusterSpec>,
  told: RegExp | undefined,
  marks?: StringMap | undefined,
];

const rows: readonly Row[] = [
  ["the sample", {}, undefined],
  [
    "a head without containers",
    { headGroupSpec: makeHead({ template: empty }) },
    /headGroupSpec should have at least one container/,
  ],
  [
    "head resources beside num-cpus",
    { headGroupSpec: makeHead({ resources: { CPU: "1" }, rayStartParams: { "num-cpus": "2" } }) },
    /headGroupSpec.*num-cpus/,
  ],
  [
    "head resources alone",
    { headGroupSpec: makeHead({ resources: { CPU: "1" }, rayStartParams: { "num-cpus": "" } }) },
    undefined,
  ],
  [
    "labels as a parameter, even empty",
    { headGroupSpec: makeHead({ rayStartParams: { labels: "" } }) },
    /rayStartParams must not set labels/,
  ],
  ["a bad label key", { headGroupSpec: makeHead({ labels: { "-a": "b" } }) }, /invalid label key -a/],
  ["a bad label value", { headGroupSpec: makeHead({ labels: { "x.io/a": "b c" } }) }, /invalid label value b c/],
  [
    "a group without containers",
    groups({ template: empty }),
    /worker group workergroup should have at least one container/,
  ],
  ["a group without bounds", groups({ minReplicas: undefined }), /minReplicas and maxReplicas must be set/],
  [
    "a group without bounds, autoscaled",
    { ...groups({ minReplicas: undefined }), enableInTreeAutoscaling: true },
    undefined,
  ],
  ["a negative minimum", groups({ minReplicas: -1 }), /negative minReplicas -1/],
  ["a negative maximum", groups({ minReplicas: 0, maxReplicas: -1 }), /negative maxReplicas -1/],
  ["a minimum above the maximum", groups({ minReplicas: 6 }), /minReplicas 6 > maxReplicas 5/],
  [
    "group resources beside memory",
    groups({ resources: { CPU: "1" }, rayStartParams: { memory: "2" } }),
    /workergroup.*memory/,
  ],
  ["group labels as a parameter", groups({ rayStartParams: { labels: "a=b" } }), /workergroup.*labels/],
  [
    "an idle time-out below zero",
    { ...v2, ...groups({ idleTimeoutSeconds: -1 }) },
    /idleTimeoutSeconds must not be negative/,
  ],
  [
    "an idle time-out without autoscaler v2",
    groups({ idleTimeoutSeconds: 1 }),
    /idleTimeoutSeconds needs autoscaler v2/,
  ],
  ["an idle time-out with autoscaler v2", { ...v2, ...groups({ idleTimeoutSeconds: 1 }) }, undefined],
  ["a priority on an old Ray", { ...v2, ...groups({ priority: 1 }) }, /priority needs rayVersion 2\.56\.0/],
  [
    "a priority without autoscaler v2",
    { rayVersion: "2.56.0", ...groups({ priority: 1 }) },
    /priority needs autoscaler v2/,
  ],
  ["priority 0", groups({ priority: 0 }), undefined],
  ["two groups of one name", groups({}, {}), /unique: there are two called workergroup/],
  ["a group called as the head's", groups({ groupName: "headgroup" }), /no worker group may be called headgroup/],
  ["options and annotation of fault tolerance", ft(), /not both/, { "ray.io/ft-enabled": "false" }],
  [
    "a Redis address without fault tolerance",
    { headGroupSpec: headEnv("RAY_REDIS_ADDRESS") },
    /fault tolerance is not enabled/,
  ],
  [
    "a Redis address with the annotation",
    { headGroupSpec: headEnv("RAY_REDIS_ADDRESS") },
    undefined,
    { "ray.io/ft-enabled": "TRUE" },
  ],
  [
    "options beside redis-password",
    { ...ft(), headGroupSpec: makeHead({ rayStartParams: { "redis-password": "x" } }) },
    /instead of rayStartParams redis-password/,
  ],
  [
    "options beside REDIS_PASSWORD",
    { ...ft(), headGroupSpec: headEnv("REDIS_PASSWORD") },
    /instead of .* REDIS_PASSWORD/,
  ],
  [
    "options beside RAY_REDIS_ADDRESS",
    { ...ft(), headGroupSpec: headEnv("RAY_REDIS_ADDRESS") },
    /instead of .* RAY_REDIS_ADDRESS/,
  ],
  [
    "options beside the storage annotation",
    ft(),
    /instead of the annotation/,
    { "ray.io/external-storage-namespace": "x" },
  ],
  ["the rocksdb backend", ft({ backend: "rocksdb" }), /needs the feature gate GCSFaultToleranceEmbeddedStorage/],
  ["storage for Redis", ft({ storage: {} }), /storage is for the backend rocksdb only/],
  [
    "a Redis user as parameter",
    { headGroupSpec: makeHead({ rayStartParams: { "redis-username": "x" } }) },
    /redisUsername/,
  ],
  ["a Redis user in the environment", { headGroupSpec: headEnv("REDIS_USERNAME") }, /redisUsername/],
  [
    "autoscaler v2 in the environment only",
    { headGroupSpec: headEnv("RAY_enable_autoscaler_v2", "1") },
    /enableInTreeAutoscaling is not true/,
  ],
  [
    "a suspended group, autoscaled",
    { enableInTreeAutoscaling: true, ...groups({ suspend: true }) },
    /cannot be suspended with Autoscaler enabled/,
  ],
  ["a suspended group", groups({ suspend: true }), undefined],
  ["the autoscaler's version twice", { ...v2, headGroupSpec: headEnv("RAY_enable_autoscaler_v2", "0") }, /not both/],
  [
    "restarting pods with autoscaler v2",
    { ...v2, workerGroupSpecs: [makeGroup({}, {}, { restartPolicy: "Always" })] },
    /restartPolicy Never/,
  ],
  [
    "an autoscaler's negative idle time-out",
    { autoscalerOptions: { idleTimeoutSeconds: -1 } },
    /autoscalerOptions.idleTimeoutSeconds/,
  ],
  [
    "the autoscaler's own variable",
    { autoscalerOptions: { env: [{ name: "KUBERAY_GEN_AUTOSCALER_START_CMD" }] } },
    /KUBERAY_GEN_AUTOSCALER_START_CMD/,
  ],
  ["a history server", { historyServerOptions: {} }, /RayClusterHistoryServer/],
  [
    "a token without a version",
    { rayVersion: undefined, authOptions: { mode: "token" } },
    /needs a rayVersion, got none/,
  ],
  ["a token on an unreadable version", { rayVersion: "nightly", authOptions: { mode: "token" } }, /got nightly/],
  ["a token on an old Ray", { rayVersion: "2.51.9", authOptions: { mode: "token" } }, /2\.52\.0 or newer/],
  ["a token", { authOptions: { mode: "token" } }, undefined],
  [
    "Kubernetes tokens without mode token",
    { authOptions: { enableK8sTokenAuth: true } },
    /needs authOptions.mode token/,
  ],
  ["Kubernetes tokens on an old Ray", { authOptions: { mode: "token", enableK8sTokenAuth: true } }, /2\.55\.0/],
  [
    "Kubernetes tokens with a secret",
    { rayVersion: "2.55.0", authOptions: { mode: "token", enableK8sTokenAuth: true, secretName: "s" } },
    /secretName must be empty/,
  ],
  ["a network policy", { networkPolicy: {} }, /RayClusterNetworkPolicy/],
  ["TLS, even switched off", { tlsOptions: { enabled: false } }, /RayClusterMTLS/],
];

describe("a RayCluster's spec", () => {
  it.each(rows.map(([what, ...rest]) => [what, rest] as const))("%s", (_, [spec, told, marks]) => {
    const found = validateRayClusterSpec(makeClusterSpec(spec), marks);
    if (told) expect(found).toMatch(told);
    else expect(found).toBeUndefined();
  });

  it("tells the first of several broken rules", () => {
    const spec = makeClusterSpec({
      ...groups({ minReplicas: -1 }),
      tlsOptions: {},
      authOptions: { mode: "token" },
      rayVersion: "2.1",
    });
    expect(validateRayClusterSpec(spec)).toMatch(/negative minReplicas/);
  });

  it("refuses suspended groups when their gate is off", () => {
    const gates = { ...defaultRayGates, RayJobDeletionPolicy: false };
    expect(validateRayClusterSpec(makeClusterSpec(groups({ suspend: true })), {}, gates)).toMatch(
      /RayJobDeletionPolicy/,
    );
  });

  it("warns of restarting workers under autoscaler v1, without refusing them", () => {
    const spec = makeClusterSpec({
      enableInTreeAutoscaling: true,
      autoscalerOptions: { version: "v1" },
      workerGroupSpecs: [makeGroup({}, {}, { restartPolicy: "Always" })],
    });
    expect(validateRayClusterSpec(spec)).toBeUndefined();
    expect(warnOfRestarts(spec)).toMatch(/workergroup should have restartPolicy Never/);
    expect(warnOfRestarts(makeClusterSpec())).toBeUndefined();
  });
});

it.each([
  ["of 53 characters", `a${"b".repeat(52)}`, undefined],
  ["of 54 characters", `a${"b".repeat(53)}`, "RayCluster name should be no more than 53 characters"],
  ["that begins with a digit", "1a", /DNS1035/],
])("a RayCluster's name %s", (_, name, told) => {
  const found = validateRayClusterMetadata(makeCluster({}, { name }));
  if (told) expect(found).toMatch(told);
  else expect(found).toBeUndefined();
});

it.each([
  ["Recreate of a user's own cluster", "Recreate", undefined, undefined],
  ["an unknown strategy", "Rolling", undefined, /must be Recreate or None/],
  ["any strategy of a RayJob's cluster", "None", "RayJob", /created by RayJob/],
])("upgrade strategy: %s", (_, type, creator, told) => {
  const labels: StringMap = creator ? { "ray.io/originated-from-crd": creator } : {};
  const found = validateUpgradeStrategy(makeCluster({ upgradeStrategy: { type: type as "None" } }, { labels }));
  if (told) expect(found).toMatch(told);
  else expect(found).toBeUndefined();
});

it("a RayCluster is not suspending and suspended at once", () => {
  const condition = (type: string) => ({
    type,
    status: "True" as const,
    reason: type,
    message: "",
    lastTransitionTime: "",
  });
  const conditions = [condition("RayClusterSuspending"), condition("RayClusterSuspended")];
  expect(validateRayClusterStatus(makeCluster({}, {}, { conditions }))).toMatch(/must not both be True/);
  expect(validateRayClusterStatus(makeCluster({}, {}, { conditions: conditions.slice(1) }))).toBeUndefined();
});

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

describe("feature gates", () => {
  it.each([
    ["none", "", defaultRayGates],
    ["one switched off", "RayJobDeletionPolicy=false", { ...defaultRayGates, RayJobDeletionPolicy: false }],
    ["an alpha gate switched on", "RayCronJob=true", { ...defaultRayGates, RayCronJob: true }],
    [
      "what the chart passes",
      "RayClusterStatusConditions=true,RayCronJob=false, RayServiceIncrementalUpgrade=true",
      defaultRayGates,
    ],
  ])("%s", (_, text, gates) => {
    expect(parseRayGates(text)).toEqual(gates);
  });

  it.each([
    ["an unknown one", "Nonsense=true", /unknown feature gate Nonsense/],
    ["one that nothing stands behind", "RayClusterMTLS=true", /RayClusterMTLS is not supported/],
    ["no value", "RayCronJob", /expected true or false/],
  ])("refuse %s", (_, text, told) => {
    expect(() => parseRayGates(text)).toThrow(told);
  });
});
