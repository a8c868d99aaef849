/**
 * windlass.dev/v1alpha1 Experiment: one run of one manifest. The manifest travels as the text the user wrote,
 * so that what was asked for can always be read back; everything derived from it is in the status. Fields: schema.ts.
 */
import type { KubeObject } from "../../meta/object.ts";
import type { ValueOf } from "../../machinery/schema/value-of.ts";
import type { experimentSpec, experimentStatus, folderMount, stepStatus, vcs, workloadRef } from "./schema.ts";

export type ExperimentSpec = ValueOf<typeof experimentSpec>;
export type ExperimentStatus = ValueOf<typeof experimentStatus>;
export type VcsInfo = ValueOf<typeof vcs>;
export type FolderMount = ValueOf<typeof folderMount>;
export type StepStatus = ValueOf<typeof stepStatus>;
export type WorkloadRef = ValueOf<typeof workloadRef>;
export type ExperimentState = NonNullable<ExperimentStatus["state"]>;
export type ExperimentStep = StepStatus["name"];
export type StepState = StepStatus["state"];

export interface Experiment extends KubeObject {
  readonly spec: ExperimentSpec;
  readonly status?: ExperimentStatus;
}

/** Whether the experiment has reached a state it will not leave. */
export function isExperimentFinished(experiment: Pick<Experiment, "status">): boolean {
  const state = experiment.status?.state;
  return state !== undefined && state !== "Processing";
}
