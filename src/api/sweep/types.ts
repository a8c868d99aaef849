/**
 * windlass.dev/v1alpha1 Sweep: one manifest run with many sets of parameters, a few at a time. What will run stands in the
 * object, trial by trial; the Experiments that it makes are its children. Fields: schema.ts.
 */
import type { ExperimentReason, SourceReason } from "../experiment/reasons.ts";
import type { KubeObject } from "../../meta/object.ts";
import type { ValueOf } from "../../machinery/schema/value-of.ts";
import type { sweepSpec, sweepStatus, trial } from "./schema.ts";

export type SweepSpec = ValueOf<typeof sweepSpec>;
export type Trial = ValueOf<typeof trial>;
export type Parameters = Trial["parameters"];
export type Passing = NonNullable<SweepSpec["passing"]>;

/** Ours; a sweep whose source is broken has the reason of the experiment that told. */
export type SweepReason =
  | Extract<ExperimentReason, "Completed" | "Cancelled" | "ManifestInvalid">
  | SourceReason
  /** A trial was refused; it is tried again. */
  | "FailedToStart"
  | "TrialsFailed";

export type SweepStatus = Omit<ValueOf<typeof sweepStatus>, "reason"> & { readonly reason?: SweepReason };
export type SweepState = NonNullable<SweepStatus["state"]>;

export interface Sweep extends KubeObject {
  readonly spec: SweepSpec;
  readonly status?: SweepStatus;
}

export const isSweepFinished = ({ status }: Pick<Sweep, "status">): boolean =>
  status?.state !== undefined && status.state !== "Running";
