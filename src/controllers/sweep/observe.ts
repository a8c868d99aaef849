/** Gathers what the plan needs from the caches: the experiments that the sweep has made. No decisions here. */
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import type { Sweep } from "../../api/sweep/types.ts";
import type { WriteFailure } from "../../runtime/plan.ts";
import type { Reader } from "../../runtime/spec.ts";

export interface World {
  readonly experiments: readonly Experiment[];
  readonly failures: readonly WriteFailure[];
}

export function observe(root: Sweep, cache: Reader): World {
  const { namespace, uid } = root.metadata;
  return {
    experiments: uid ? cache.list<Experiment>(ExperimentKind, { namespace, controllerUid: uid }) : [],
    failures: cache.failures(root),
  };
}
