/** Gathers what the plan needs from the caches. No decisions here. */
import type { Job } from "../../api/batch/job.ts";
import { Job as JobKind, PersistentVolumeClaim, Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { JobSet } from "../../api/jobset/kinds.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { experimentLabel } from "../../api/experiment/labels.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { RayJob } from "../../api/ray/kinds.ts";
import { isControlledBy } from "../../machinery/owner-refs.ts";
import type { Observation, Reader, WriteFailure } from "../../runtime/plan.ts";
import { lookKey } from "./look.ts";
import type { JobSetLike, RayJobLike } from "./outcome.ts";
import { experimentIdOf } from "./platform-env.ts";

export interface World {
  readonly rayJob?: RayJobLike;
  readonly jobSet?: JobSetLike;
  /** Jobs of the JobSet: they know why they failed. */
  readonly jobs?: readonly Job[];
  /** Claims that were made for the experiment. */
  readonly claims?: readonly KubeObject[];
  /** Images by the id of the experiment that runs them; only where the manifest may ask for one. */
  readonly images?: ReadonlyMap<string, string>;
  readonly clone?: Observation;
  readonly build?: Observation;
  /** What the pods of a failed JobSet say. */
  readonly postmortem?: Observation;
  /** Pods of its Ray cluster, while it has not ended; those of a JobSet are too many to be kept. */
  readonly pods?: readonly Pod[];
  /** The last look before its time is over. */
  readonly look?: Observation;
  readonly failures: readonly WriteFailure[];
}

/** Of all experiments of the namespace: looked at once, before the image is known. */
function imagesFor({ spec, status, metadata }: Experiment, cache: Reader): ReadonlyMap<string, string> | undefined {
  if (status?.image || !spec.manifest.includes("skipBuild")) return undefined;
  const experiments = cache.list<Experiment>(ExperimentKind, { namespace: metadata.namespace });
  return new Map(experiments.flatMap((one) => (one.status?.image ? [[experimentIdOf(one), one.status.image]] : [])));
}

export function observe(root: Experiment, cache: Reader): World {
  const { namespace, name = "", uid } = root.metadata;
  // Somebody else's workload of that name is neither followed nor suspended; creating ours then fails, and says so.
  const own = <T extends KubeObject>(object: T | undefined) =>
    object && isControlledBy(object, root) ? object : undefined;
  return {
    rayJob: own(cache.get<RayJobLike>(RayJob, namespace, name)),
    jobSet: own(cache.get<JobSetLike>(JobSet, namespace, name)),
    jobs: cache.list<Job>(JobKind, { namespace, labels: { "jobset.sigs.k8s.io/jobset-name": name } }),
    images: imagesFor(root, cache),
    claims: uid ? cache.list(PersistentVolumeClaim, { namespace, controllerUid: uid }) : [],
    clone: cache.observation(root, "clone"),
    build: cache.observation(root, "build"),
    postmortem: cache.observation(root, "postmortem"),
    pods: isExperimentFinished(root)
      ? []
      : cache.list<Pod>(PodKind, { namespace, labels: { [experimentLabel]: name } }),
    look: cache.observation(root, lookKey),
    failures: cache.failures(root),
  };
}
