/** Every controller of Windlass, in one list: the table of contents of what the operator does. */
import type { JobSetGates } from "../api/jobset/crd-rules.ts";
import type { RayClientFactory } from "../ray/client.ts";
import type { AnyControllerSpec } from "../runtime/spec.ts";
import { createExperimentController, type ExperimentOptions } from "./experiment/controller.ts";
import { createJobSetController } from "./jobset/controller.ts";
import { createRayClusterController } from "./raycluster/controller.ts";
import type { RayOperatorOptions } from "./raycluster/options.ts";
import { createRayJobController } from "./rayjob/controller.ts";
import { createSweepController } from "./sweep/controller.ts";

export interface ControllerOptions {
  readonly ray: RayOperatorOptions;
  readonly rayClient: RayClientFactory;
  /** All off when absent. */
  readonly jobSetGates?: JobSetGates;
  readonly experiment: ExperimentOptions;
}

export const controllerNames = ["raycluster", "rayjob", "jobset", "experiment", "sweep"] as const;
export type ControllerName = (typeof controllerNames)[number];

/** The controllers named, or all of them. */
export function controllers(
  options: ControllerOptions,
  names: readonly ControllerName[] = controllerNames,
): readonly AnyControllerSpec[] {
  const make: Readonly<Record<ControllerName, () => AnyControllerSpec>> = {
    raycluster: () => createRayClusterController({ options: options.ray }),
    rayjob: () => createRayJobController({ options: options.ray, ray: options.rayClient }),
    jobset: () => createJobSetController({ gates: options.jobSetGates }),
    sweep: createSweepController,
    experiment: () => createExperimentController(options.experiment),
  };
  return names.map((name) => make[name]());
}
