/** Every controller of Windlass, in one list: the table of contents of what the operator does. */
import type { JobSetGates } from "../api/jobset/crd-rules.ts";
import type { RayGates } from "../api/ray/gates.ts";
import type { RayClientFactory } from "../ray/client.ts";
import type { AnyControllerSpec } from "../runtime/spec.ts";
import { createExperimentController, type ExperimentOptions } from "./experiment/controller.ts";
import { createJobSetController } from "./jobset/controller.ts";
import { createRayClusterController } from "./raycluster/controller.ts";
import type { RayOperatorOptions } from "./raycluster/options.ts";
import { createRayCronJobController } from "./raycronjob/controller.ts";
import { createRayJobController } from "./rayjob/controller.ts";
import { createSweepController } from "./sweep/controller.ts";

export interface ControllerOptions {
  readonly ray: RayOperatorOptions;
  readonly rayClient: RayClientFactory;
  /** All off when absent. */
  readonly jobSetGates?: JobSetGates;
  readonly experiment: ExperimentOptions;
}

/** How each is made, by its name. */
const makers = {
  raycluster: ({ ray }: ControllerOptions) => createRayClusterController({ options: ray }),
  rayjob: ({ ray, rayClient }: ControllerOptions) => createRayJobController({ options: ray, ray: rayClient }),
  raycronjob: ({ ray }: ControllerOptions) => createRayCronJobController({ options: ray }),
  jobset: ({ jobSetGates }: ControllerOptions) => createJobSetController({ gates: jobSetGates }),
  experiment: ({ experiment }: ControllerOptions) => createExperimentController(experiment),
  sweep: createSweepController,
} as const satisfies Readonly<Record<string, (options: ControllerOptions) => AnyControllerSpec>>;

export type ControllerName = keyof typeof makers;
export const controllerNames = Object.keys(makers) as readonly ControllerName[];

/** Controllers that run only where their feature gate is on. */
export const gateOf: Readonly<Partial<Record<ControllerName, keyof RayGates>>> = {
  raycronjob: "RayCronJob",
};

/** Those of the names that the gates let run. */
export const enabled = (names: readonly ControllerName[], gates: RayGates): readonly ControllerName[] =>
  names.filter((name) => {
    const gate = gateOf[name];
    return gate === undefined || gates[gate];
  });

/** The controllers named, or all of them, as far as their gates are on. */
export const controllers = (
  options: ControllerOptions,
  names: readonly ControllerName[] = controllerNames,
): readonly AnyControllerSpec[] => enabled(names, options.ray.gates).map((name) => makers[name](options));
