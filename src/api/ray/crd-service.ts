/** The schemas of RayService's spec and status, v1 and v1alpha1. */
import { clusterSpec, clusterSpecAlpha, clusterStatus, clusterStatusAlpha, managedBy } from "./crd-cluster.ts";
import { boolean, conditions, int32, int64, object, service, string, time } from "./crd-pod.ts";

const clusterUpgradeOptions = object(
  {
    maxSurgePercent: { ...int32, default: 100 },
    stepSizePercent: int32,
    intervalSeconds: int32,
    gatewayClassName: string,
  },
  { required: ["gatewayClassName", "intervalSeconds", "stepSizePercent"] },
);

const specAlpha = {
  serveConfigV2: string,
  serveService: service,
  serviceUnhealthySecondThreshold: int32,
  deploymentUnhealthySecondThreshold: int32,
};

export const serviceSpec = object(
  {
    ...specAlpha,
    rayClusterConfig: clusterSpec,
    upgradeStrategy: object({ type: string, clusterUpgradeOptions }),
    rayClusterDeletionDelaySeconds: { ...int32, minimum: 0 },
    excludeHeadPodFromServeSvc: boolean,
    suspend: boolean,
    managedBy,
  },
  { required: ["rayClusterConfig"] },
);

export const serviceSpecAlpha = object({ ...specAlpha, rayClusterConfig: clusterSpecAlpha });

const mapOf = (additionalProperties: unknown) => ({ type: "object", additionalProperties });
const report = { status: string, message: string };
const applications = (times: Readonly<Record<string, unknown>>) =>
  mapOf(object({ ...report, ...times, serveDeploymentStatuses: mapOf(object({ ...report, ...times })) }));

const serving = object({
  rayClusterName: string,
  rayClusterStatus: clusterStatus,
  applicationStatuses: applications({}),
  targetCapacity: int32,
  trafficRoutedPercent: int32,
  lastTrafficMigratedTime: time,
});
const servingAlpha = object({
  rayClusterName: string,
  rayClusterStatus: clusterStatusAlpha,
  applicationStatuses: applications({ healthLastUpdateTime: time }),
});

const statusShared = { serviceStatus: string, lastUpdateTime: time, observedGeneration: int64 };

export const serviceStatus = object({
  ...statusShared,
  numServeEndpoints: int32,
  activeServiceStatus: serving,
  pendingServiceStatus: serving,
  conditions,
});
export const serviceStatusAlpha = object({
  ...statusShared,
  activeServiceStatus: servingAlpha,
  pendingServiceStatus: servingAlpha,
});
