/** Gathers what the plan needs from the caches: the RayJobs that were made for the RayCronJob. No decisions here. */
import { RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { RayCronJob, RayJob } from "../../api/ray/types.ts";
import type { WriteFailure } from "../../runtime/plan.ts";
import type { Reader } from "../../runtime/spec.ts";

export interface World {
  readonly jobs: readonly RayJob[];
  readonly failures: readonly WriteFailure[];
}

export function observe(root: RayCronJob, cache: Reader): World {
  const { namespace, uid } = root.metadata;
  return {
    jobs: uid ? cache.list<RayJob>(RayJobKind, { namespace, controllerUid: uid }) : [],
    failures: cache.failures(root),
  };
}
