/** Gathers what the plan needs from the caches. No decisions here. */
import type { Job } from "../../api/batch/job.ts";
import {
  Ingress,
  Job as JobKind,
  Pod as PodKind,
  Service as ServiceKind,
  ServiceAccount,
} from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import type { KubeObject } from "../../meta/object.ts";
import { labels } from "../../api/ray/labels.ts";
import { headIngressName, redisCleanupJobName } from "../../api/ray/names.ts";
import type { RayCluster } from "../../api/ray/types.ts";
import type { WriteFailure } from "../../runtime/plan.ts";
import type { Reader } from "../../runtime/spec.ts";
import { namedAccount } from "./children/autoscaler.ts";
import { headServiceLabels } from "./children/services.ts";

export interface World {
  /** Every pod of the cluster, in the order of their names. */
  readonly pods: readonly Pod[];
  readonly headServices: readonly Service[];
  /** What has the name of the cluster's Ingress, whoever made it. */
  readonly ingress?: KubeObject;
  /** The Job that empties Redis after the cluster. */
  readonly cleanupJob?: Job;
  /** The account that the head group names for its autoscaler, where it is not there. */
  readonly missingAccount?: string;
  readonly failures: readonly WriteFailure[];
}

export function observe(cluster: RayCluster, cache: Reader): World {
  const { namespace, name = "" } = cluster.metadata;
  const account = namedAccount(cluster);
  const nodeTypes = new Set(["head", "worker"]);
  return {
    pods: cache
      .list<Pod>(PodKind, { namespace, labels: { [labels.cluster]: name } })
      .filter((pod) => nodeTypes.has(pod.metadata.labels?.[labels.nodeType] ?? ""))
      .toSorted((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1)),
    headServices: cache.list<Service>(ServiceKind, { namespace, labels: headServiceLabels(name) }),
    ingress: cache.get(Ingress, namespace, headIngressName(name)),
    cleanupJob: cache.get<Job>(JobKind, namespace, redisCleanupJobName(name)),
    ...(account && !cache.get(ServiceAccount, namespace, account) && { missingAccount: account }),
    failures: cache.failures(cluster),
  };
}
