/**
 * windlass.dev/v1alpha1 Sweep: one manifest run with many sets of parameters, a few at a time. What will run stands in the
 * object, trial by trial; the Experiments that it makes are its children.
 */
import type { ExperimentReason, SourceReason } from "../experiment/reasons.ts";
import type { ExperimentSpec } from "../experiment/types.ts";
import type { KubeObject, Time } from "../../meta/object.ts";

/** Values as they are written: `1e-3` stays `1e-3`. */
export type Parameters = Readonly<Record<string, string>>;

export interface Trial {
  readonly parameters: Parameters;
}

/**
 * How a parameter that the command has no `{NAME}` for reaches the program: `Arguments` appends `--NAME=VALUE` to the
 * command, `Environment` leaves it to the variable `WINDLASS_PARAM_NAME`, which is always set.
 */
export type Passing = "Arguments" | "Environment";

export interface SweepSpec {
  /** Of every experiment; each gets an id and a message of its own. */
  readonly template: ExperimentSpec;
  readonly trials: readonly Trial[];
  /** How many run at once; 1 when absent. */
  readonly parallelism?: number;
  /** `Arguments` when absent. */
  readonly passing?: Passing;
  /** Set to true to cancel: what runs is cancelled, nothing more is started. */
  readonly cancelled?: boolean;
}

/** Ours; a sweep whose source is broken has the reason of the experiment that told. */
export type SweepReason =
  | Extract<ExperimentReason, "Completed" | "Cancelled" | "ManifestInvalid">
  | SourceReason
  /** A trial was refused; it is tried again. */
  | "FailedToStart"
  | "TrialsFailed";

export type SweepState = "Running" | "Succeeded" | "Failed" | "Cancelled";

export interface SweepStatus {
  readonly state?: SweepState;
  /** Trials that have been started, the first ones of the list. */
  readonly started?: number;
  readonly active?: number;
  readonly succeeded?: number;
  readonly failed?: number;
  readonly cancelled?: number;
  /** The image that the first trial was built into, and all run. */
  readonly image?: string;
  readonly reason?: SweepReason;
  readonly message?: string;
  readonly startTime?: Time;
  readonly endTime?: Time;
  readonly observedGeneration?: number;
}

export interface Sweep extends KubeObject {
  readonly spec: SweepSpec;
  readonly status?: SweepStatus;
}

export const isSweepFinished = ({ status }: Pick<Sweep, "status">): boolean =>
  status?.state !== undefined && status.state !== "Running";
