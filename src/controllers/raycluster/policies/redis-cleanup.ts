/**
 * What a fault tolerant GCS kept in Redis goes when its cluster does: pods first, then a Job with the head's own settings
 * empties the cluster's part of Redis, then the finalizer. Never waits longer than the cluster's time-out. Pure.
 */
import type { Job } from "../../../api/batch/job.ts";
import { Job as JobKind, Pod as PodKind } from "../../../api/core/kinds.ts";
import type { Container } from "../../../api/core/pod.ts";
import { annotations, labels } from "../../../api/ray/labels.ts";
import { RayCluster as RayClusterKind } from "../../../api/ray/kinds.ts";
import { redisCleanupJobName } from "../../../api/ray/names.ts";
import type { RayCluster } from "../../../api/ray/types.ts";
import { ownerReference } from "../../../machinery/owner-refs.ts";
import { create, release, removeAll, requeue, type Step, type Steps, tell } from "../../../runtime/steps.ts";
import { cleanupJob, forceDeleted } from "../events.ts";
import type { World } from "../observe.ts";
import type { RayOperatorOptions } from "../options.ts";
import { desiredHeadPod, type PodContext } from "../pod-template/ray-pod.ts";
import { hasFaultTolerance } from "../pod-template/env.ts";
import { isHead, isTerminating } from "../pod-state.ts";
import { headServiceNameOf } from "../children/services.ts";

const defaultTimeoutSeconds = 300;

export const needsRedisCleanup = (cluster: RayCluster, { redisCleanup }: RayOperatorOptions): boolean =>
  redisCleanup && hasFaultTolerance(cluster) && cluster.spec.gcsFaultToleranceOptions?.backend !== "rocksdb";

/** Without double quotes, `$` and backticks: it travels inside a shell's double quotes. */
const script = (hasUserName: boolean) => `
import os, sys
from urllib.parse import urlparse
from ray._private.gcs_utils import cleanup_redis_storage
address = os.environ['RAY_REDIS_ADDRESS'].split(',')[0]
url = urlparse(address if '://' in address else 'redis://' + address)
done = cleanup_redis_storage(
    host=url.hostname,
    port=url.port,${hasUserName ? "\n    username=os.environ.get('REDIS_USERNAME') or url.username," : ""}
    password=os.environ.get('REDIS_PASSWORD') or url.password or '',
    use_ssl=url.scheme == 'rediss',
    storage_namespace=os.environ['RAY_external_storage_namespace'],
)
sys.exit(0 if done else 1)
`;

function cleaner({ livenessProbe: _, readinessProbe: __, ...ray }: Container): Container {
  const env = ray.env ?? [];
  const python = script(env.some(({ name }) => name === "REDIS_USERNAME"));
  const hint = "echo 'If Redis does not answer, remove the finalizers of the RayCluster to let it go.'";
  const resources = { cpu: "200m", memory: "256Mi" };
  return {
    ...ray,
    command: ["/bin/bash", "-c", "--"],
    args: [`${hint} && python -c "${python}"`],
    env: [
      ...env,
      { name: "RAY_redis_db_connect_retries", value: "120" },
      { name: "RAY_redis_db_connect_wait_milliseconds", value: "500" },
    ],
    resources: { limits: resources, requests: resources },
  };
}

export function desiredCleanupJob(context: PodContext): Job {
  const { cluster } = context;
  const { name = "", namespace } = cluster.metadata;
  const head = desiredHeadPod(context);
  const marks = {
    labels: { ...head.metadata.labels, [labels.nodeType]: "redis-cleanup" },
    annotations: head.metadata.annotations,
  };
  const ray = cleaner(head.spec.containers[0] as Container);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: redisCleanupJobName(name),
      namespace,
      ...marks,
      ownerReferences: [ownerReference(RayClusterKind, cluster)],
    },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: 300,
      template: { metadata: marks, spec: { ...head.spec, containers: [ray], restartPolicy: "Never" } },
    },
  };
}

function remainingMs({ metadata }: RayCluster, now: Date): number {
  const given = Number(metadata.annotations?.[annotations.deletionTimeout]);
  const seconds = Number.isInteger(given) && given > 0 ? given : defaultTimeoutSeconds;
  return Date.parse(metadata.deletionTimestamp ?? "") + seconds * 1000 - now.getTime();
}

const isFinished = (job: Job) =>
  ["Complete", "Failed", "FailureTarget"].some((type) =>
    job.status?.conditions?.some((condition) => condition.type === type && condition.status === "True"),
  );

/** Every pod of the cluster, in one request. */
function removePods({ metadata: { name = "", namespace = "default" } }: RayCluster): Step {
  const labelSelector = `${labels.cluster}=${name},${labels.nodeType} in (head,worker)`;
  return removeAll(PodKind, { namespace, labelSelector });
}

export function planRedisCleanup(cluster: RayCluster, world: World, now: Date, options: RayOperatorOptions): Steps {
  if (!needsRedisCleanup(cluster, options)) return [release];
  if (world.pods.some((pod) => !isTerminating(pod))) return [removePods(cluster)];
  // A head that still runs would write anew what the Job has just deleted.
  if (world.pods.some(isHead)) return [];
  const left = remainingMs(cluster, now);
  if (left <= 0) return [release, tell(forceDeleted(cluster))];
  if (world.cleanupJob) return [isFinished(world.cleanupJob) ? release : requeue(left)];
  const headService = world.headServices[0]?.metadata.name ?? headServiceNameOf(cluster);
  const job = desiredCleanupJob({ cluster, options, headService, hash: () => "" });
  return [create(JobKind, job, { as: cleanupJob }), requeue(left)];
}
