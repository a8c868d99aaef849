/** What an Experiment controller is made with: the cluster's platform, its builder, and its pods. */
import type { Pod } from "../../api/core/pod.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import type { ImageSource } from "../../api/experiment/source.ts";
import type { Built } from "./actions.ts";
import type { Platform } from "./compile/platform-env.ts";

/** Snapshots sources and makes images of them; the local cluster has one, a Kubernetes cluster does not. */
export interface SourceBuilder {
  /** Returns an id of the snapshot. */
  clone(request: ImageSource, experiment: Experiment, signal: AbortSignal): Promise<string>;
  build(request: ImageSource, snapshot: string, experiment: Experiment, signal: AbortSignal): Promise<Built>;
}

/** Pods and logs of one experiment, asked for when they are needed: one may have thousands of pods. */
export interface PodReader {
  /** Of its JobSet, those that failed. */
  failed(namespace: string | undefined, experiment: string): Promise<readonly Pod[]>;
  /** At most some hundreds. */
  list(namespace: string | undefined, experiment: string): Promise<readonly Pod[]>;
  lastLines(
    namespace: string | undefined,
    of: { readonly pod: string; readonly container: string },
    signal: AbortSignal,
  ): Promise<readonly string[]>;
}

export interface ExperimentOptions {
  readonly platform: Platform;
  readonly builder?: SourceBuilder;
  /** Asked why a JobSet has failed and what an experiment out of time did; absent: the workload's own words must do. */
  readonly pods?: PodReader;
  /** How long the workload of a finished experiment stays; for ever when absent. */
  readonly keepWorkloadSeconds?: number;
}

/** What a plan knows of the options. */
export interface Settings {
  readonly platform: Platform;
  /** Whether images are built from `spec.sourceDirectory` here (the local cluster does). */
  readonly builds: boolean;
  /** Whether pods and their logs can be asked why. */
  readonly examines?: boolean;
  readonly keepWorkloadSeconds?: number;
}

export const settingsOf = ({ platform, builder, pods, keepWorkloadSeconds }: ExperimentOptions): Settings => ({
  platform,
  builds: builder !== undefined,
  examines: pods !== undefined,
  ...(keepWorkloadSeconds !== undefined && { keepWorkloadSeconds }),
});
