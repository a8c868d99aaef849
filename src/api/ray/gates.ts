/** Feature gates of the KubeRay operator that change what is accepted or done here. Pure. */

export interface RayGates {
  /** Conditions in RayCluster's status; suspending is a state of them. */
  readonly RayClusterStatusConditions: boolean;
  /** RayJob's deletionStrategy, and worker groups that can be suspended. */
  readonly RayJobDeletionPolicy: boolean;
  /** Labels that place a worker within its group; hosts of a replica live and die together. */
  readonly RayMultiHostIndexing: boolean;
  /** The controller of RayCronJobs; alpha. */
  readonly RayCronJob: boolean;
}

/** Every gate that something stands behind. */
export const allRayGates: RayGates = {
  RayClusterStatusConditions: true,
  RayJobDeletionPolicy: true,
  RayMultiHostIndexing: true,
  RayCronJob: true,
};

/** Beta gates are on, alpha gates are off. */
export const defaultRayGates: RayGates = { ...allRayGates, RayCronJob: false };

/** Known, but nothing stands behind them here: they may be named as long as they stay off. */
const unsupported = [
  "RayServiceIncrementalUpgrade",
  "SidecarSubmitterRestart",
  "RayClusterNetworkPolicy",
  "GCSFaultToleranceEmbeddedStorage",
  "RayClusterMTLS",
  "RayClusterHistoryServer",
  "KubernetesWAS",
];

/** Reads `A=true,B=false`. Throws naming the entry that is unknown, malformed, or on without being supported. */
export function parseRayGates(text: string): RayGates {
  const gates: Record<string, boolean> = { ...defaultRayGates };
  for (const entry of text.split(",").filter((part) => part.trim() !== "")) {
    const [name = "", value = ""] = entry.split("=").map((part) => part.trim());
    const isOn = value.toLowerCase() === "true";
    if (!isOn && value.toLowerCase() !== "false") throw new Error(`feature gate ${entry}: expected true or false`);
    if (name in gates) gates[name] = isOn;
    else if (!unsupported.includes(name)) throw new Error(`unknown feature gate ${name}`);
    else if (isOn && name !== "RayServiceIncrementalUpgrade") throw new Error(`feature gate ${name} is not supported`);
  }
  return gates as unknown as RayGates;
}
