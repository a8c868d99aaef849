/** The RayCronJob controller, drop-in for KubeRay's: RayJobs by a schedule. Alpha: see the gate of the same name. */
import { RayCronJob as RayCronJobKind, RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { RayCronJob, RayCronJobStatus } from "../../api/ray/types.ts";
import type { ControllerSpec } from "../../runtime/spec.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { observe, type World } from "./observe.ts";
import { planRayCronJob } from "./plan.ts";

export interface RayCronJobControllerOptions {
  readonly options: RayOperatorOptions;
  /** Of schedules that name none; this machine's when absent. */
  readonly timeZone?: string;
}

export function createRayCronJobController({
  options,
  timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone,
}: RayCronJobControllerOptions): ControllerSpec<RayCronJob, World, RayCronJobStatus> {
  return {
    name: "raycronjob",
    root: RayCronJobKind,
    isTimed: true,
    owns: [{ kind: RayJobKind, writes: ["create", "delete"] }],
    observe,
    plan: (root, world, now) => planRayCronJob(root, world, now, { ...options, timeZone }),
  };
}
