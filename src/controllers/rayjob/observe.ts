/** Gathers what the plan needs from the caches. No decisions here. */
import type { Job } from "../../api/batch/job.ts";
import { Job as JobKind, Pod as PodKind, Service as ServiceKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import { labels } from "../../api/ray/labels.ts";
import { RayCluster as RayClusterKind } from "../../api/ray/kinds.ts";
import { headServiceName } from "../../api/ray/names.ts";
import type { RayCluster, RayJob } from "../../api/ray/types.ts";
import { isControlledBy } from "../../machinery/owner-refs.ts";
import type { RayJobInfo } from "../../api/ray/jobs-api.ts";
import type { Answer } from "../../runtime/action.ts";
import type { WriteFailure } from "../../runtime/plan.ts";
import type { Reader } from "../../runtime/spec.ts";
import { type InfoQuestion, jobInfo, stop, submission, type SubmitQuestion } from "./actions.ts";

export interface World {
  readonly cluster?: RayCluster;
  /** The cluster's head Service. */
  readonly headService?: Service;
  /** The Service of this RayJob's own. */
  readonly ownService?: Service;
  readonly headPod?: Pod;
  readonly submitter?: Job;
  /** Ray's last answers, whatever was asked. */
  readonly info?: Answer<InfoQuestion, RayJobInfo | undefined>;
  readonly submission?: Answer<SubmitQuestion, void>;
  readonly stop?: Answer;
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
    ownService: cache.get<Service>(ServiceKind, namespace, headServiceName(name)),
    headPod: heads[0],
    submitter: submitter && isControlledBy(submitter, root) ? submitter : undefined,
    info: cache.answer(root, jobInfo),
    submission: cache.answer(root, submission),
    stop: cache.answer(root, stop),
    failures: cache.failures(root),
  };
}
