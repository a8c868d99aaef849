/** Gathers what the plan needs from the caches. No decisions here. */
import type { Job } from "../../api/batch/job.ts";
import {
  Ingress,
  Job as JobKind,
  Pod as PodKind,
  Secret,
  Service as ServiceKind,
  ServiceAccount,
} from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { labels } from "../../api/ray/labels.ts";
import { checkName, headIngressName, redisCleanupJobName } from "../../api/ray/names.ts";
import type { RayCluster } from "../../api/ray/types.ts";
import type { Reader, WriteFailure } from "../../runtime/plan.ts";
import { autoscalerAccess, namedAccount } from "./autoscaler.ts";
import { headServiceLabels } from "./services.ts";

export interface World {
  /** Every pod of the cluster, in the order of their names. */
  readonly pods: readonly Pod[];
  readonly headServices: readonly Service[];
  /** What has the name of the cluster's Ingress, whoever made it. */
  readonly ingress?: KubeObject;
  /** The Job that empties Redis after the cluster. */
  readonly cleanupJob?: Job;
  readonly hasAuthSecret: boolean;
  /** The account that the head group names for its autoscaler is there, or none is named. */
  readonly hasAccount: boolean;
  /** Of what the autoscaler needs for its rights, the kinds that are there, whoever made them. */
  readonly access: readonly string[];
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
    hasAuthSecret: cache.get(Secret, namespace, checkName(name)) !== undefined,
    hasAccount: account === undefined || cache.get(ServiceAccount, namespace, account) !== undefined,
    access: autoscalerAccess(cluster)
      .filter(({ kind, target }) => cache.get(kind, namespace, target.metadata.name ?? "") !== undefined)
      .map(({ kind }) => kind.kind),
    failures: cache.failures(cluster),
  };
}
