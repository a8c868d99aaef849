/** Gathers what the plan needs from the caches. No decisions here. */
import type { Job } from "../../api/batch/job.ts";
import { Job as JobKind, Pod as PodKind, Service as ServiceKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import { labels } from "../../api/ray/labels.ts";
import { RayCluster as RayClusterKind } from "../../api/ray/kinds.ts";
import type { RayCluster, RayJob } from "../../api/ray/types.ts";
import { isControlledBy } from "../../machinery/owner-refs.ts";
import type { Observation, Reader, WriteFailure } from "../../runtime/plan.ts";

export interface World {
  readonly cluster?: RayCluster;
  /** The cluster's head Service. */
  readonly headService?: Service;
  /** The Service of this RayJob's own. */
  readonly ownService?: Service;
  readonly headPod?: Pod;
  readonly submitter?: Job;
  readonly info?: Observation;
  readonly submission?: Observation;
  readonly stop?: Observation;
  readonly failures: readonly WriteFailure[];
}

export function observe(root: RayJob, cache: Reader): World {
  const { namespace, name = "" } = root.metadata;
  const clusterName = root.status?.rayClusterName ?? root.spec.clusterSelector?.[labels.cluster] ?? "";
  const cluster = cache.get<RayCluster>(RayClusterKind, namespace, clusterName);
  const submitter = cache.get<Job>(JobKind, namespace, name);
  const serviceName = cluster?.status?.head?.serviceName;
  const heads = clusterName
    ? cache.list<Pod>(PodKind, { namespace, labels: { [labels.cluster]: clusterName, [labels.nodeType]: "head" } })
    : [];
  return {
    cluster,
    headService: serviceName ? cache.get<Service>(ServiceKind, namespace, serviceName) : undefined,
    ownService: cache.get<Service>(ServiceKind, namespace, `${name}-head-svc`),
    headPod: heads[0],
    submitter: submitter && isControlledBy(submitter, root) ? submitter : undefined,
    info: cache.observation(root, "job-info"),
    submission: cache.observation(root, "submit"),
    stop: cache.observation(root, "stop"),
    failures: cache.failures(root),
  };
}
