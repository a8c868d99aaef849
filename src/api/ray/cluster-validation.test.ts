/** Every rule of RayCluster by a spec that breaks it, what it lets pass, and which of two is told first. */
import { describe, expect, it } from "vitest";
import { defaultRayGates } from "./gates.ts";
import { ft, groups, makeCluster, makeClusterSpec, makeGroup, makeHead } from "./samples.test-support.ts";
import type { RayClusterSpec, StringMap } from "./types.ts";
import {
  validateRayClusterMetadata,
  validateRayClusterSpec,
  validateRayClusterStatus,
  validateUpgradeStrategy,
  warnOfRestarts,
} from "./validation.ts";

const v2 = { enableInTreeAutoscaling: true, autoscalerOptions: { version: "v2" } } as const;
const empty = { spec: { containers: [] } };
const headEnv = (name: string, value = "x") => makeHead({}, { env: [{ name, value }] });

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
