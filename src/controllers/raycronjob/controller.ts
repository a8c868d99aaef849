/** The RayCronJob controller, drop-in for KubeRay's: RayJobs by a schedule. Alpha: see the gate of the same name. */
import { RayCronJob as RayCronJobKind, RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { RayCronJob, RayCronJobStatus } from "../../api/ray/types.ts";
import type { ControllerSpec } from "../../runtime/spec.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { events } from "./events.ts";
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
    does: "Makes a RayJob whenever its schedule says so, and keeps as many of those that have ended as it is told. Drop-in for KubeRay's; alpha, behind the gate RayCronJob.",
    root: RayCronJobKind,
    isTimed: true,
    owns: [{ kind: RayJobKind, writes: ["create", "delete"], why: "one for each run" }],
    observe,
    plan: (root, world, now) => planRayCronJob(root, world, now, { ...options, timeZone }),
    events,
  };
}
