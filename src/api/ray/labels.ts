/** Every label, annotation, finalizer, port, condition type and reason of ray.io, in one place. */

export const labels = {
  cluster: "ray.io/cluster",
  nodeType: "ray.io/node-type",
  group: "ray.io/group",
  isRayNode: "ray.io/is-ray-node",
  identifier: "ray.io/identifier",
  serve: "ray.io/serve",
  headlessService: "ray.io/headless-worker-svc",
  originatedFromName: "ray.io/originated-from-cr-name",
  originatedFromKind: "ray.io/originated-from-crd",
  submissionMode: "ray.io/job-submission-mode",
  cronJobName: "ray.io/cronjob-name",
  replicaName: "ray.io/worker-group-replica-name",
  replicaIndex: "ray.io/worker-group-replica-index",
  hostIndex: "ray.io/replica-host-index",
  appName: "app.kubernetes.io/name",
  createdBy: "app.kubernetes.io/created-by",
} as const;

export const annotations = {
  ftEnabled: "ray.io/ft-enabled",
  externalStorageNamespace: "ray.io/external-storage-namespace",
  overwriteCommand: "ray.io/overwrite-container-cmd",
  enableServeService: "ray.io/enable-serve-service",
  disableHeadRestart: "ray.io/disable-provisioned-head-restart",
  upgradeHash: "ray.io/upgrade-strategy-recreate-hash",
  operatorVersion: "ray.io/kuberay-version",
  /** When the RayJob of a RayCronJob was due. */
  scheduledAt: "ray.io/cronjob-scheduled-timestamp",
  /** Seconds that cleaning Redis may take before a cluster being deleted is let go. */
  deletionTimeout: "ray.io/gcs-ft-deletion-timeout",
  ingressClass: "kubernetes.io/ingress.class",
} as const;

export const finalizers = {
  rayJob: "ray.io/rayjob-finalizer",
  redisCleanup: "ray.io/gcs-ft-redis-cleanup-finalizer",
} as const;

export const ports = { client: 10001, gcs: 6379, dashboard: 8265, metrics: 8080, serve: 8000, agent: 52365 } as const;

/** Head ports when the template names none, as the head Service lists them. */
export const defaultHeadPorts: Readonly<Record<string, number>> = {
  client: 10001,
  "gcs-server": 6379,
  dashboard: 8265,
  metrics: 8080,
  serve: 8000,
};

export const headGroup = "headgroup";
export const operatorManager = "ray.io/kuberay-operator";
export const applicationName = "kuberay";
export const createdBy = "kuberay-operator";

export const conditions = {
  headPodReady: "HeadPodReady",
  provisioned: "RayClusterProvisioned",
  replicaFailure: "ReplicaFailure",
  suspending: "RayClusterSuspending",
  suspended: "RayClusterSuspended",
} as const;
