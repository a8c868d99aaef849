/** Gathers what a JobSet's plan needs from the caches. No decisions here. */
import type { Job } from "../../api/batch/job.ts";
import { Job as JobKind, PersistentVolumeClaim, Pod as PodKind, PriorityClass, Service } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import { jobSetNameLabel } from "../../api/jobset/labels.ts";
import { claimNameOf, subdomainOf } from "../../api/jobset/names.ts";
import type { JobSet } from "../../api/jobset/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Reader } from "../../runtime/plan.ts";
import type { PriorityClassLike } from "./placement.ts";
import type { World } from "./world.ts";

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
