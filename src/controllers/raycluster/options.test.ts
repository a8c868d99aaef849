/** The switches of the operator, as the environment sets them. */
import { describe, expect, it, test } from "vitest";
import { defaultRayGates } from "../../api/ray/gates.ts";
import { noPodDefaults, rayOperatorOptions } from "./options.ts";

const of = (env: Record<string, string>) => rayOperatorOptions("v", env);

it("has the defaults of the KubeRay operator", () => {
  expect(of({})).toEqual({
    version: "v",
    gates: defaultRayGates,
    podDefaults: noPodDefaults,
    clusterDomain: "cluster.local",
    initContainerInjection: true,
    probesInjection: true,
    loginShell: false,
    deterministicHeadName: false,
    headClusterIpService: false,
    randomPodDelete: false,
    redisCleanup: true,
    deleteRayJobAfterJobFinishes: false,
    transitionGraceSeconds: 300,
    statusCheckTimeoutSeconds: 300,
  });
});

describe("what is off unless it is true, in any case", () => {
  test.each([
    ["ENABLE_LOGIN_SHELL", "loginShell"],
    ["ENABLE_DETERMINISTIC_HEAD_POD_NAME", "deterministicHeadName"],
    ["ENABLE_RAY_HEAD_CLUSTER_IP_SERVICE", "headClusterIpService"],
    ["ENABLE_RANDOM_POD_DELETE", "randomPodDelete"],
    ["DELETE_RAYJOB_CR_AFTER_JOB_FINISHES", "deleteRayJobAfterJobFinishes"],
  ] as const)("%s", (name, field) => {
    expect([of({ [name]: "True" })[field], of({ [name]: "1" })[field]]).toEqual([true, false]);
  });
});

describe("what is on unless it is false, in any case", () => {
  test.each([
    ["ENABLE_INIT_CONTAINER_INJECTION", "initContainerInjection"],
    ["ENABLE_PROBES_INJECTION", "probesInjection"],
    ["ENABLE_GCS_FT_REDIS_CLEANUP", "redisCleanup"],
  ] as const)("%s", (name, field) => {
    expect([of({ [name]: "False" })[field], of({ [name]: "0" })[field]]).toEqual([false, true]);
  });
});

describe("times", () => {
  test.each([
    ["RAYJOB_DEPLOYMENT_STATUS_TRANSITION_GRACE_PERIOD_SECONDS", "transitionGraceSeconds"],
    ["RAYJOB_STATUS_CHECK_TIMEOUT_SECONDS", "statusCheckTimeoutSeconds"],
  ] as const)("%s, where it is a positive number", (name, field) => {
    expect(["20", "0", "-1", "soon"].map((value) => of({ [name]: value })[field])).toEqual([20, 300, 300, 300]);
  });
});
