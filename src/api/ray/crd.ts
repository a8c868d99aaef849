/**
 * The CustomResourceDefinitions of ray.io: the names, versions, columns, defaults and rules that YAML, kubectl and other
 * controllers rely on, in schemas small enough for `kubectl apply`.
 */
import { clusterSpec, clusterSpecAlpha, clusterStatus, clusterStatusAlpha } from "./crd-cluster.ts";
import { jobSpec, jobSpecAlpha, jobStatus, jobStatusAlpha } from "./crd-job.ts";
import { boolean, int32, int64, object, oneOf, string, time } from "./crd-pod.ts";
import { serviceSpec, serviceSpecAlpha, serviceStatus, serviceStatusAlpha } from "./crd-service.ts";

interface Column {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

const column = (name: string, jsonPath: string, type = "string"): Column => ({ name, type, jsonPath });
/** Shown by `-o wide` only. */
const wide = (name: string, jsonPath: string): Column => ({ ...column(name, jsonPath), priority: 1 });
const age = column("age", ".metadata.creationTimestamp", "date");

interface Version {
  readonly spec: unknown;
  readonly status: unknown;
  readonly columns: readonly Column[];
}

const version = (name: string, { spec, status, columns }: Version) => ({
  name,
  served: true,
  storage: name === "v1",
  subresources: { status: {} },
  ...(columns.length > 0 && { additionalPrinterColumns: columns }),
  schema: { openAPIV3Schema: object({ apiVersion: string, kind: string, metadata: { type: "object" }, spec, status }) },
});

const deprecated = (kind: string) => ({
  deprecated: true,
  deprecationWarning:
    `ray.io/v1alpha1 ${kind} is deprecated; use ray.io/v1 ${kind}. ` +
    "v1alpha1 receives no new fields and will be unavailable in KubeRay 1.9.",
});

function define(kind: string, v1: Version, alpha?: Version) {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.ray.io` },
    spec: {
      group: "ray.io",
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular, categories: ["all"] },
      versions: [version("v1", v1), ...(alpha ? [{ ...version("v1alpha1", alpha), ...deprecated(kind) }] : [])],
    },
  };
}

const clusterColumns = [
  column("desired workers", ".status.desiredWorkerReplicas", "integer"),
  column("available workers", ".status.availableWorkerReplicas", "integer"),
  column("cpus", ".status.desiredCPU"),
  column("memory", ".status.desiredMemory"),
  column("gpus", ".status.desiredGPU"),
  wide("tpus", ".status.desiredTPU"),
  column("status", ".status.state"),
  age,
  wide("head pod IP", ".status.head.podIP"),
  wide("head service IP", ".status.head.serviceIP"),
];

const jobColumns = [
  column("job status", ".status.jobStatus"),
  column("deployment status", ".status.jobDeploymentStatus"),
  column("ray cluster name", ".status.rayClusterName"),
  column("start time", ".status.startTime"),
  column("end time", ".status.endTime"),
  age,
];

const serviceColumns = [
  column("service status", ".status.serviceStatus"),
  column("num serve endpoints", ".status.numServeEndpoints"),
];

const cronColumns = [
  column("schedule", ".spec.schedule"),
  column("timezone", ".spec.timeZone"),
  column("last schedule", ".status.lastScheduleTime", "date"),
  age,
  column("suspend", ".spec.suspend", "boolean"),
  wide("next schedule", ".status.nextScheduleTime"),
  wide("reason", ".status.reason"),
];

const cronSpec = object(
  {
    jobTemplate: jobSpec,
    schedule: string,
    timeZone: { ...string, minLength: 1 },
    suspend: boolean,
    concurrencyPolicy: oneOf("Allow", "Forbid", "Replace"),
    startingDeadlineSeconds: { ...int64, minimum: 0 },
    successfulJobsHistoryLimit: { ...int32, minimum: 0 },
    failedJobsHistoryLimit: { ...int32, minimum: 0 },
  },
  { required: ["jobTemplate", "schedule"] },
);

export const rayClusterCrd = define(
  "RayCluster",
  { spec: clusterSpec, status: clusterStatus, columns: clusterColumns },
  { spec: clusterSpecAlpha, status: clusterStatusAlpha, columns: clusterColumns },
);
export const rayJobCrd = define(
  "RayJob",
  { spec: jobSpec, status: jobStatus, columns: jobColumns },
  { spec: jobSpecAlpha, status: jobStatusAlpha, columns: [] },
);
const rayServiceCrd = define(
  "RayService",
  { spec: serviceSpec, status: serviceStatus, columns: serviceColumns },
  { spec: serviceSpecAlpha, status: serviceStatusAlpha, columns: [] },
);
const rayCronJobCrd = define("RayCronJob", {
  spec: cronSpec,
  status: object({ lastScheduleTime: time, nextScheduleTime: time, reason: string, message: string }),
  columns: cronColumns,
});

export const crds = [rayClusterCrd, rayJobCrd, rayServiceCrd, rayCronJobCrd] as const;
