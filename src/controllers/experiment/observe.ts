/** Gathers what the plan needs from the caches. No decisions here. */
import type { Job } from "../../api/batch/job.ts";
import { Job as JobKind, PersistentVolumeClaim, Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { experimentLabel } from "../../api/experiment/labels.ts";
import { type Experiment, type ExperimentStatus, isExperimentFinished } from "../../api/experiment/types.ts";
import { JobSet } from "../../api/jobset/kinds.ts";
import type { KubeObject } from "../../meta/object.ts";
import { RayJob } from "../../api/ray/kinds.ts";
import type { ActionKind, Answer, Question } from "../../runtime/action.ts";
import type { WriteFailure } from "../../runtime/plan.ts";
import type { Reader } from "../../runtime/spec.ts";
import { build, clone, examine, inspect } from "./actions.ts";
import type { Settings } from "./options.ts";
import type { JobSetLike, RayJobLike } from "./workload/outcome.ts";
import { wantedImageOf } from "./image/reuse.ts";

type AnswerOf<Action> = Action extends ActionKind<infer Q extends Question, infer A> ? Answer<Q, A> : never;

export interface World {
  readonly rayJob?: RayJobLike;
  readonly jobSet?: JobSetLike;
  /** Jobs of the JobSet: they know why they failed. */
  readonly jobs?: readonly Job[];
  /** Claims that were made for the experiment. */
  readonly claims?: readonly KubeObject[];
  /** All of the namespace; only while the image of one of them is wanted. */
  readonly experiments?: readonly Experiment[];
  readonly clone?: AnswerOf<typeof clone>;
  readonly build?: AnswerOf<typeof build>;
  /** What the pods of a failed JobSet say. */
  readonly postmortem?: AnswerOf<typeof examine>;
  /** Pods of its Ray cluster, while it has not ended; those of a JobSet are too many to be kept. */
  readonly pods?: readonly Pod[];
  /** The last look before its time is over. */
  readonly inspection?: AnswerOf<typeof inspect>;
  readonly failures: readonly WriteFailure[];
}

/** What all parts of a plan are made from. */
export interface PlanInput {
  readonly root: Experiment;
  readonly world: World;
  readonly now: Date;
  readonly settings: Settings;
  /** As far as it is known. */
  readonly status: ExperimentStatus;
}

export function observe(root: Experiment, cache: Reader): World {
  const { namespace, name = "", uid = "" } = root.metadata;
  // Somebody else's workload of that name is neither followed nor suspended; creating ours then fails, and says so.
  const own = { namespace, controllerUid: uid };
  const [rayJob] = cache.list<RayJobLike>(RayJob, own);
  const [jobSet] = cache.list<JobSetLike>(JobSet, own);
  return {
    rayJob,
    jobSet,
    jobs: jobSet ? cache.list<Job>(JobKind, { namespace, controllerUid: jobSet.metadata.uid }) : [],
    claims: cache.list(PersistentVolumeClaim, own),
    ...(wantedImageOf(root) !== undefined && { experiments: cache.list<Experiment>(ExperimentKind, { namespace }) }),
    clone: cache.answer(root, clone),
    build: cache.answer(root, build),
    postmortem: cache.answer(root, examine),
    pods: isExperimentFinished(root)
      ? []
      : cache.list<Pod>(PodKind, { namespace, labels: { [experimentLabel]: name } }),
    inspection: cache.answer(root, inspect),
    failures: cache.failures(root),
  };
}
