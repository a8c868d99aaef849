/** What a JobSet's plan is made from besides the JobSet, gathered from the caches. No decisions here. */
import type { Job } from "../../api/batch/job.ts";
import { Job as JobKind, PersistentVolumeClaim, Pod as PodKind, PriorityClass, Service } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import { jobSetNameLabel } from "../../api/jobset/labels.ts";
import { claimNameOf, subdomainOf } from "../../api/jobset/names.ts";
import type { JobSet } from "../../api/jobset/types.ts";
import type { KubeObject } from "../../meta/object.ts";
import type { WriteFailure } from "../../runtime/plan.ts";
import type { Reader } from "../../runtime/spec.ts";
import type { PriorityClassLike } from "./children/placement.ts";

export interface World {
  /** Jobs that this very JobSet controls, terminating ones included. */
  readonly jobs: readonly Job[];
  /** Whether any Service has the name of the subdomain, whoever owns it. */
  readonly hasService: boolean;
  /** Names of the claims that exist, of those the JobSet asks for. */
  readonly claims: readonly string[];
  readonly priorityClasses: readonly PriorityClassLike[];
  /** Pods of the JobSet; only looked at for in-place restarts. */
  readonly pods: readonly Pod[];
  /** Writes of the previous reconcile that failed. */
  readonly failures: readonly WriteFailure[];
}

export function observe(root: JobSet, cache: Reader, gates: JobSetGates): World {
  const { namespace, name = "", uid = "" } = root.metadata;
  const claims = (root.spec?.volumeClaimPolicies ?? [])
    .flatMap(({ templates }) => templates ?? [])
    .map(({ metadata }) => claimNameOf(name, metadata?.name ?? ""));
  return {
    // By uid: a namesake of this JobSet may have left Jobs behind.
    jobs: cache.list<Job>(JobKind, { controllerUid: uid }),
    hasService: cache.get<KubeObject>(Service, namespace, subdomainOf(root)) !== undefined,
    claims: claims.filter((claim) => cache.get<KubeObject>(PersistentVolumeClaim, namespace, claim) !== undefined),
    priorityClasses: cache.list<PriorityClassLike>(PriorityClass),
    pods: gates.inPlaceRestart ? cache.list<Pod>(PodKind, { namespace, labels: { [jobSetNameLabel]: name } }) : [],
    failures: cache.failures(root),
  };
}
