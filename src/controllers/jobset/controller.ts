/** The JobSet controller: child Jobs, their headless Service and claims, and the policies between them. */
import { Job, PersistentVolumeClaim, Pod, PriorityClass, Service } from "../../api/core/kinds.ts";
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import { JobSet as JobSetKind } from "../../api/jobset/kinds.ts";
import { jobSetManager, jobSetNameLabel } from "../../api/jobset/labels.ts";
import type { JobSet, JobSetStatus } from "../../api/jobset/types.ts";
import type { KubeObject } from "../../meta/object.ts";
import type { ControllerSpec, Request, Watched } from "../../runtime/spec.ts";
import { events } from "./events.ts";
import { metrics } from "./metrics.ts";
import { observe, type World } from "./observe.ts";
import { planJobSet } from "./plan.ts";

export interface JobSetOptions {
  /** Feature gates, all off by default. */
  readonly gates?: JobSetGates;
  /** Parallel workers; the runtime's default when absent. */
  readonly workers?: number;
}

function jobSetOfPod({ metadata: { labels, namespace } }: KubeObject): readonly Request[] {
  const name = labels?.[jobSetNameLabel];
  return name === undefined ? [] : [{ name, ...(namespace !== undefined && { namespace }) }];
}

const pods: Watched = {
  kind: Pod,
  selector: jobSetNameLabel,
  why: "how far each has come in a restart in place (only with the feature gate InPlaceRestart)",
  map: jobSetOfPod,
};

export function createJobSetController(options: JobSetOptions = {}): ControllerSpec<JobSet, World, JobSetStatus> {
  const { gates = {}, workers } = options;
  return {
    name: "jobset",
    does: "Makes the Jobs of a JobSet, their headless Service and claims, and applies its policies of start, success, failure, suspension and restart. Drop-in for JobSet's.",
    reportsAs: "jobset",
    root: JobSetKind,
    isTimed: true,
    rootWrites: ["delete"],
    owns: [
      { kind: Job, writes: ["create", "patch", "patch-status", "delete"], why: "one for each replica" },
      { kind: Service, writes: ["create"], why: "gives pods their names (headless)" },
      { kind: PersistentVolumeClaim, writes: ["create"], why: "of `volumeClaimPolicies`" },
    ],
    watches: [
      { kind: PriorityClass, why: "the number of a pod's priority class, where placement is exclusive" },
      ...(gates.inPlaceRestart ? [pods] : []),
    ],
    manages: ({ spec }) => spec?.managedBy === undefined || spec.managedBy === jobSetManager,
    observe: (root, cache) => observe(root, cache, gates),
    plan: (root, world, now) => planJobSet(root, world, now, gates),
    events,
    metrics,
    ...(workers !== undefined && { workers }),
  };
}
