/** The Experiment controller: an AIchorManifest becomes a RayJob or a JobSet, and its progress six steps. */
import { Job, PersistentVolumeClaim, Pod as PodKind } from "../../api/core/kinds.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { experimentLabel } from "../../api/experiment/labels.ts";
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import { JobSet } from "../../api/jobset/kinds.ts";
import { RayJob } from "../../api/ray/kinds.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import type { Action, ControllerSpec, Request } from "../../runtime/plan.ts";
import { rayPodSelector } from "../raycluster/pods.ts";
import { type Look, loggedPod } from "./look.ts";
import { observe, type World } from "./observe.ts";
import type { Platform } from "./platform-env.ts";
import { planExperiment } from "./plan.ts";
import { findCause } from "./postmortem.ts";
import { findWait } from "./wait.ts";

export interface SourceRequest {
  readonly directory: string;
  readonly name: string;
  readonly builder: {
    readonly dockerfile?: string;
    readonly context?: string;
    readonly buildArgs?: Readonly<Record<string, string>>;
    readonly target?: string;
  };
}

export interface Built {
  readonly reference: string;
  /** What will surprise and is no reason to fail. */
  readonly warning?: string;
}

/** Snapshots sources and makes images of them; the local cluster has one, a Kubernetes cluster does not. */
export interface SourceBuilder {
  /** Returns an id of the snapshot. */
  clone(request: SourceRequest, experiment: Experiment, signal: AbortSignal): Promise<string>;
  build(request: SourceRequest, snapshot: string, experiment: Experiment, signal: AbortSignal): Promise<Built>;
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

/** Building an environment downloads and unpacks whole frameworks. */
const buildTimeoutMs = 60 * 60_000;

export function createExperimentController(
  options: ExperimentOptions,
): ControllerSpec<Experiment, World, ExperimentStatus> {
  const settings = {
    platform: options.platform,
    builds: options.builder !== undefined,
    examines: options.pods !== undefined,
    keepWorkloadSeconds: options.keepWorkloadSeconds,
  };
  return {
    name: "experiment",
    root: ExperimentKind,
    owns: [RayJob, JobSet, PersistentVolumeClaim],
    watches: [
      // Read for the reason of a failure; the JobSet tells when to look.
      { kind: Job, map: () => [] },
      { kind: PodKind, map: experimentOfPod },
    ],
    cacheSelectors: { "/pods": rayPodSelector },
    observe,
    plan: (root, world, now) => planExperiment(root, world, now, settings),
    actionTimeoutMs: buildTimeoutMs,
    act: (action, root, signal) => act(options, action, root, signal),
  };
}

/** Pods that nothing is wrong with tell an experiment nothing that its workload does not. */
function experimentOfPod(object: KubeObject): readonly Request[] {
  const { namespace, labels } = object.metadata;
  const name = labels?.[experimentLabel];
  return name !== undefined && findWait([object as Pod]) ? [{ namespace, name }] : [];
}

async function look(pods: PodReader, { metadata }: Experiment, signal: AbortSignal): Promise<Look> {
  const { namespace, name = "" } = metadata;
  const all = await pods.list(namespace, name);
  const wait = findWait(all);
  const logged = loggedPod(all);
  const lines = logged && !wait ? await pods.lastLines(namespace, logged, signal) : [];
  return { ...(wait && { wait }), ...(logged && lines.length > 0 && { log: { ...logged, lines } }) };
}

async function act(
  { builder, pods }: ExperimentOptions,
  action: Action,
  root: Experiment,
  signal: AbortSignal,
): Promise<unknown> {
  const { namespace, name = "" } = root.metadata;
  if (action.type === "Examine") return findCause((await pods?.failed(namespace, name)) ?? []);
  if (action.type === "Look") return pods && look(pods, root, signal);
  if (!builder) throw new Error(`no image builder here for action ${action.type}`);
  const input = action.input as unknown as SourceRequest & { readonly snapshot: string };
  return action.type === "Clone"
    ? builder.clone(input, root, signal)
    : builder.build(input, input.snapshot, root, signal);
}
