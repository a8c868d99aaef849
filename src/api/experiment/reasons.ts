/**
 * Why an experiment is in its state: every reason that Windlass itself gives. Those of workloads and pods are told as they
 * are. Nothing else may spell one: a reason that is not in this table does not compile.
 */

export type ExperimentReason =
  /** `builder.skipBuild` names an experiment that has no image yet. */
  | "WaitingForImage"
  /** The workload was refused; it is tried again. */
  | "FailedToSubmit"
  /** Somebody suspended the workload. */
  | "Suspended"
  /** No node has a place for a pod. */
  | "Unschedulable"
  /** A container ends again and again. */
  | "CrashLoop"
  | "Completed"
  | "Cancelled"
  /** Somebody stopped the job in Ray. */
  | "JobStopped"
  | "ManifestInvalid"
  /** No registry has the image, or no experiment that `builder.skipBuild` names. */
  | "ImageNotFound"
  | "CloneFailed"
  | "BuildFailed"
  /** Somebody deleted the workload. */
  | "WorkloadDeleted"
  /** The time of the run, or of all its attempts, is over. */
  | "Timeout"
  /** The time to get started is over. */
  | "StartTimeout"
  | "CommandFailed"
  | "OutOfMemory"
  /** Ranks did not find each other in time. */
  | "RanksMissing"
  /** Ray forgot the job while it ran. */
  | "RayJobLost"
  /** The RayJob failed and does not say why. */
  | "RayJobFailed";

declare const foreign: unique symbol;

/** A reason of a workload or a pod. */
export type ForeignReason = string & { readonly [foreign]: true };

export type Reason = ExperimentReason | ForeignReason;

export const foreignReason = (reason: string): ForeignReason => reason as ForeignReason;

/** Reasons that lie in the source: every experiment made from it fails alike. */
export type SourceReason = Extract<ExperimentReason, "CloneFailed" | "BuildFailed">;

const sourceReasons: Readonly<Record<SourceReason, true>> = { CloneFailed: true, BuildFailed: true };

export const isSourceReason = (reason: string | undefined): reason is SourceReason =>
  reason !== undefined && Object.hasOwn(sourceReasons, reason);
