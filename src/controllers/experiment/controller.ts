/** The Experiment controller: an AIchorManifest becomes a RayJob or a JobSet, and its progress six steps. */
import { Job, PersistentVolumeClaim } from "../../api/core/kinds.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import { JobSet } from "../../api/jobset/kinds.ts";
import { RayJob } from "../../api/ray/kinds.ts";
import type { Action, ControllerSpec } from "../../runtime/plan.ts";
import { observe, type World } from "./observe.ts";
import type { Platform } from "./platform-env.ts";
import { planExperiment } from "./plan.ts";
import { findCause } from "./postmortem.ts";

export interface SourceRequest {
  readonly directory: string;
  readonly name: string;
  readonly builder: {
    readonly dockerfile?: string;
    readonly context?: string;
    readonly buildArgs?: Readonly<Record<string, string>>;
  };
}

/** Snapshots sources and makes images of them; the local cluster has one, a Kubernetes cluster does not. */
export interface SourceBuilder {
  /** Returns an id of the snapshot. */
  clone(request: SourceRequest, experiment: Experiment, signal: AbortSignal): Promise<string>;
  build(
    request: SourceRequest,
    snapshot: string,
    experiment: Experiment,
    signal: AbortSignal,
  ): Promise<{ readonly reference: string }>;
}

export interface ExperimentOptions {
  readonly platform: Platform;
  readonly builder?: SourceBuilder;
  /** Asked once a JobSet has failed, for why; absent: its own words must do. */
  readonly failedPods?: (namespace: string | undefined, jobSet: string) => Promise<readonly Pod[]>;
}

/** Building an environment downloads and unpacks whole frameworks. */
const buildTimeoutMs = 60 * 60_000;

export function createExperimentController(
  options: ExperimentOptions,
): ControllerSpec<Experiment, World, ExperimentStatus> {
  const settings = {
    platform: options.platform,
    builds: options.builder !== undefined,
    examines: options.failedPods !== undefined,
  };
  return {
    name: "experiment",
    root: ExperimentKind,
    owns: [RayJob, JobSet, PersistentVolumeClaim],
    // Read for the reason of a failure; the JobSet tells when to look.
    watches: [{ kind: Job, map: () => [] }],
    observe,
    plan: (root, world, now) => planExperiment(root, world, now, settings),
    actionTimeoutMs: buildTimeoutMs,
    act: (action, root, signal) => act(options, action, root, signal),
  };
}

async function act(
  { builder, failedPods }: ExperimentOptions,
  action: Action,
  root: Experiment,
  signal: AbortSignal,
): Promise<unknown> {
  const { namespace, name = "" } = root.metadata;
  if (action.type === "Examine") return findCause((await failedPods?.(namespace, name)) ?? []);
  if (!builder) throw new Error(`no image builder here for action ${action.type}`);
  const input = action.input as unknown as SourceRequest & { readonly snapshot: string };
  return action.type === "Clone"
    ? builder.clone(input, root, signal)
    : builder.build(input, input.snapshot, root, signal);
}
