/** The JobSet controller: child Jobs, their headless Service and claims, and the policies between them. */
import { Job, PersistentVolumeClaim, Pod, PriorityClass, Service } from "../../api/core/kinds.ts";
import type { JobSetGates } from "../../api/jobset/crd-rules.ts";
import { JobSet as JobSetKind } from "../../api/jobset/kinds.ts";
import { jobSetManager, jobSetNameLabel } from "../../api/jobset/labels.ts";
import type { JobSet, JobSetStatus } from "../../api/jobset/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { ControllerSpec, Request } from "../../runtime/plan.ts";
import { observe } from "./observe.ts";
import { planJobSet } from "./plan.ts";
import type { World } from "./world.ts";

export interface JobSetOptions {
  /** Feature gates, all off by default. */
  readonly gates?: JobSetGates;
  /** Parallel workers; the runtime's default when absent. */
  readonly workers?: number;
}

function jobSetOfPod({ metadata }: KubeObject): readonly Request[] {
  const name = metadata.labels?.[jobSetNameLabel];
  return name === undefined
    ? []
    : [{ name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) }];
}

export function createJobSetController(options: JobSetOptions = {}): ControllerSpec<JobSet, World, JobSetStatus> {
  const { gates = {}, workers } = options;
  return {
    name: "jobset",
    reportsAs: "jobset",
    root: JobSetKind,
    owns: [Job, Service, PersistentVolumeClaim],
    watches: [
      { kind: PriorityClass, map: () => [] },
      ...(gates.inPlaceRestart ? [{ kind: Pod, map: jobSetOfPod }] : []),
    ],
    manages: ({ spec }) => spec?.managedBy === undefined || spec.managedBy === jobSetManager,
    observe: (root, cache) => observe(root, cache, gates),
    plan: (root, world, now) => planJobSet(root, world, now, gates),
    ...(gates.inPlaceRestart && { cacheSelectors: { "/pods": jobSetNameLabel } }),
    ...(workers !== undefined && { workers }),
  };
}
