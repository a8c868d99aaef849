/** Switches of the operator, by the names its environment variables have. Pure. */
import type { Container, EnvVar } from "../../api/core/pod.ts";
import { defaultRayGates, type RayGates } from "../../api/ray/gates.ts";
import type { StringMap } from "../../api/ray/types.ts";

/** What every Ray pod gets; what its template says already wins. */
export interface PodDefaults {
  /** Of the Ray container. */
  readonly env: readonly EnvVar[];
  readonly labels: StringMap;
  readonly annotations: StringMap;
  /** After all other containers. */
  readonly headSidecars: readonly Container[];
  readonly workerSidecars: readonly Container[];
}

export const noPodDefaults: PodDefaults = {
  env: [],
  labels: {},
  annotations: {},
  headSidecars: [],
  workerSidecars: [],
};

export interface RayOperatorOptions {
  /** Written into pods; distinct from the peer's, so that either takes over the other's clusters without restarts. */
  readonly version: string;
  readonly gates: RayGates;
  readonly podDefaults: PodDefaults;
  readonly clusterDomain: string;
  readonly initContainerInjection: boolean;
  readonly probesInjection: boolean;
  readonly loginShell: boolean;
  readonly deterministicHeadName: boolean;
  readonly headClusterIpService: boolean;
  readonly randomPodDelete: boolean;
  /** Empty Redis of what a fault tolerant GCS kept there, once its cluster is deleted. */
  readonly redisCleanup: boolean;
  readonly deleteRayJobAfterJobFinishes: boolean;
  readonly transitionGraceSeconds: number;
  readonly statusCheckTimeoutSeconds: number;
}

type Env = Readonly<Record<string, string | undefined>>;

const isOn = (env: Env, name: string) => env[name]?.toLowerCase() === "true";
const isNotOff = (env: Env, name: string) => env[name]?.toLowerCase() !== "false";

function seconds(env: Env, name: string, otherwise: number): number {
  const value = Number(env[name]);
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}

/** Reads the switches as the KubeRay operator does. */
export function rayOperatorOptions(version: string, env: Env, gates: RayGates = defaultRayGates): RayOperatorOptions {
  return {
    version,
    gates,
    podDefaults: noPodDefaults,
    clusterDomain: env["CLUSTER_DOMAIN"] || "cluster.local",
    initContainerInjection: isNotOff(env, "ENABLE_INIT_CONTAINER_INJECTION"),
    probesInjection: isNotOff(env, "ENABLE_PROBES_INJECTION"),
    loginShell: isOn(env, "ENABLE_LOGIN_SHELL"),
    deterministicHeadName: isOn(env, "ENABLE_DETERMINISTIC_HEAD_POD_NAME"),
    headClusterIpService: isOn(env, "ENABLE_RAY_HEAD_CLUSTER_IP_SERVICE"),
    randomPodDelete: isOn(env, "ENABLE_RANDOM_POD_DELETE"),
    redisCleanup: isNotOff(env, "ENABLE_GCS_FT_REDIS_CLEANUP"),
    deleteRayJobAfterJobFinishes: isOn(env, "DELETE_RAYJOB_CR_AFTER_JOB_FINISHES"),
    transitionGraceSeconds: seconds(env, "RAYJOB_DEPLOYMENT_STATUS_TRANSITION_GRACE_PERIOD_SECONDS", 300),
    statusCheckTimeoutSeconds: seconds(env, "RAYJOB_STATUS_CHECK_TIMEOUT_SECONDS", 300),
  };
}
