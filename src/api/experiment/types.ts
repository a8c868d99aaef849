/**
 * windlass.dev/v1alpha1 Experiment: one run of one manifest. The manifest travels as the text the user wrote,
 * so that what was asked for can always be read back; everything derived from it is in the status.
 */
import type { EnvFromSource } from "../core/pod.ts";
import type { KubeObject, Time } from "../../meta/object.ts";

export type ExperimentState = "Processing" | "Succeeded" | "Failed" | "Cancelled";
export const experimentSteps = ["Waiting", "Cloning", "Building", "Submitting", "Running", "Finished"] as const;
export type ExperimentStep = (typeof experimentSteps)[number];
export type StepState = "Pending" | "Active" | "Done" | "Skipped" | "Failed";

/** Git facts of the source, injected as `VCS_*`. */
export interface VcsInfo {
  readonly authorName?: string;
  readonly authorEmail?: string;
  readonly refName?: string;
  readonly repository?: string;
  readonly sha?: string;
  readonly commitMessage?: string;
  /** `github`, `gitlab` … as far as the remote's address tells. */
  readonly type?: string;
}

/** A folder of the node that every pod of an experiment sees. */
export interface FolderMount {
  /** Absolute path on the node. */
  readonly hostPath: string;
  /** Absolute path in the pods. */
  readonly mountPoint: string;
  /** True when absent. */
  readonly readOnly?: boolean;
}

export interface ExperimentSpec {
  /** The AIchorManifest as YAML text. */
  readonly manifest: string;
  /** UUID; `AICHOR_EXPERIMENT_ID`. The object's uid when absent. */
  readonly id?: string;
  /** What the run is about: the title in lists, `AICHOR_EXPERIMENT_MESSAGE`. */
  readonly message?: string;
  /** Folder to snapshot and build the image from. Only the local cluster reads it; absent = run `image` as it is. */
  readonly sourceDirectory?: string;
  /** Image to run instead of the manifest's. */
  readonly image?: string;
  readonly vcs?: VcsInfo;
  /** More variables for every container (a project's runtime variables). */
  readonly env?: Readonly<Record<string, string>>;
  /** Besides those of the manifest, and in place of one of the manifest's at the same path. */
  readonly mounts?: readonly FolderMount[];
  /** UUID of an earlier experiment, whose checkpoints folder this one goes on with. */
  readonly resumeFrom?: string;
  /** Secrets and ConfigMaps whose keys are variables of every container; `env` and the manifest's own win over them. */
  readonly envFrom?: readonly EnvFromSource[];
  /** Seconds that the ranks of a pytorch, jax or xgboost experiment wait for each other before they give up. */
  readonly startDeadlineSeconds?: number;
  /** Set to true to cancel; never goes back to false. */
  readonly cancelled?: boolean;
}

export interface StepStatus {
  readonly name: ExperimentStep;
  readonly state: StepState;
  readonly startTime?: Time;
  readonly endTime?: Time;
  readonly message?: string;
}

export interface WorkloadRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

export interface ExperimentStatus {
  readonly state?: ExperimentState;
  readonly step?: ExperimentStep;
  readonly steps?: readonly StepStatus[];
  /** CamelCase, stable: why the state is what it is; ours are in reasons.ts. */
  readonly reason?: string;
  readonly message?: string;
  readonly operator?: string;
  readonly startTime?: Time;
  readonly endTime?: Time;
  /** The builder's id of the source as it was when it was cloned: what is built, whatever becomes of the source. */
  readonly snapshot?: string;
  /** The image the pods run. */
  readonly image?: string;
  /** Folder of the node, or `s3://BUCKET/PREFIX`, that outlives the experiment: `AICHOR_OUTPUT_PATH`. */
  readonly outputs?: string;
  readonly workload?: WorkloadRef;
  /** RayCluster of a kuberay experiment. */
  readonly rayClusterName?: string;
  /** From 1; absent where the manifest asks for one attempt only. */
  readonly attempt?: number;
  readonly maxAttempts?: number;
  /** How the attempt before this one failed, where its workload tells. */
  readonly lastFailure?: string;
  readonly observedGeneration?: number;
}

export interface Experiment extends KubeObject {
  readonly spec: ExperimentSpec;
  readonly status?: ExperimentStatus;
}

/** Whether the experiment has reached a state it will not leave. */
export function isExperimentFinished(experiment: Pick<Experiment, "status">): boolean {
  const state = experiment.status?.state;
  return state !== undefined && state !== "Processing";
}
