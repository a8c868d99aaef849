/** The RayJob controller, drop-in for KubeRay's. Ray is asked by actions, never from within a reconcile. */
import { containerNames } from "../../api/containers.ts";
import { Job as JobKind, Pod as PodKind, Service as ServiceKind } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { finalizers, labels, operatorManager } from "../../api/ray/labels.ts";
import { RayCluster as RayClusterKind, RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { RayJob, RayJobStatus } from "../../api/ray/types.ts";
import type { RayClientFactory } from "../../ray/client.ts";
import { type ActionContext, perform } from "../../runtime/action.ts";
import type { ControllerSpec, Watched } from "../../runtime/spec.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { rayPodSelector, unreadOfRayPods } from "../raycluster/pod-state.ts";
import { jobInfo, type RayAddress, stop, submission } from "./actions.ts";
import { events } from "./events.ts";
import { metrics } from "./metrics.ts";
import { observe, type World } from "./observe.ts";
import { phases, planRayJob, planRayJobDeletion } from "./plan.ts";

export interface RayJobControllerOptions {
  readonly options: RayOperatorOptions;
  readonly ray: RayClientFactory;
}

const watches: readonly Watched[] = [
  {
    kind: PodKind,
    selector: rayPodSelector,
    unread: unreadOfRayPods,
    why: "the end of a submitter that is a sidecar is in the head's status",
    map: (object, rootsOf) => {
      const { metadata, spec } = object as Pod;
      const isSubmitter = spec.containers.some(({ name }) => name === containerNames.submitter);
      return isSubmitter ? rootsOf(metadata.namespace, metadata.labels?.[labels.cluster]) : [];
    },
  },
  {
    kind: RayClusterKind,
    why: "one chosen by clusterSelector is not the job's own",
    map: ({ metadata }, rootsOf) => rootsOf(metadata.namespace, metadata.name),
  },
  {
    kind: ServiceKind,
    why: "the cluster's head Service tells where the dashboard is",
    map: ({ metadata }, rootsOf) => rootsOf(metadata.namespace, metadata.labels?.[labels.cluster]),
  },
];

export function createRayJobController({
  options,
  ray,
}: RayJobControllerOptions): ControllerSpec<RayJob, World, RayJobStatus> {
  const clientOf = ({ jobId: _, ...where }: RayAddress, { root }: ActionContext<RayJob>) =>
    ray({ namespace: root.metadata.namespace ?? "default", ...where });
  return {
    name: "rayjob",
    does: "Makes a Ray cluster for a job, or chooses one, submits the command, follows it in Ray, and cleans up after it. Drop-in for KubeRay's.",
    root: RayJobKind,
    isTimed: true,
    rootWrites: ["delete"],
    owns: [
      { kind: RayClusterKind, writes: ["create", "patch", "delete"], why: "one for each attempt" },
      { kind: ServiceKind, writes: ["create", "patch"], why: "of the head, under a name that lasts over attempts" },
      { kind: JobKind, writes: ["create", "delete"], why: "submits the command, and prints its output" },
    ],
    watches,
    keys: ({ status }) => (status?.rayClusterName ? [status.rayClusterName] : []),
    manages: ({ spec }) => spec.managedBy === undefined || spec.managedBy === operatorManager,
    finalizer: { name: finalizers.rayJob },
    observe,
    plan: (root, world, now) => planRayJob(root, world, now, options),
    planDeletion: planRayJobDeletion,
    actions: [
      perform(jobInfo, (question, context) => clientOf(question, context).jobInfo(question.jobId, context.signal)),
      perform(submission, (question, context) => clientOf(question, context).submit(question.request, context.signal)),
      perform(stop, (question, context) => clientOf(question, context).stop(question.jobId, context.signal)),
    ],
    events,
    phases,
    metrics,
  };
}
