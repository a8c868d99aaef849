/** The Experiment controller: an AIchorManifest becomes a RayJob or a JobSet, and its progress six steps. */
import { Job, PersistentVolumeClaim, Pod as PodKind, Secret } from "../../api/core/kinds.ts";
import type { Pod } from "../../api/core/pod.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { experimentLabel } from "../../api/experiment/labels.ts";
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import { JobSet } from "../../api/jobset/kinds.ts";
import type { KubeObject } from "../../meta/object.ts";
import { RayJob } from "../../api/ray/kinds.ts";
import { type Performer, perform } from "../../runtime/action.ts";
import type { ControllerSpec, Request, RootsOf, WriteVerb } from "../../runtime/spec.ts";
import { rayPodSelector, unreadOfRayPods } from "../raycluster/pod-state.ts";
import { build, clone, examine, type Inspection, inspect } from "./actions.ts";
import { events } from "./events.ts";
import { loggedPod } from "./diagnosis/inspection.ts";
import { observe, type World } from "./observe.ts";
import { type ExperimentOptions, type PodReader, settingsOf, type SourceBuilder } from "./options.ts";
import { phases, planExperiment } from "./plan.ts";
import { experimentIdOf } from "./compile/platform-env.ts";
import { findCause } from "./diagnosis/postmortem.ts";
import { wantedImageOf } from "./image/reuse.ts";
import { findWait } from "./diagnosis/pod-wait.ts";

export type { ExperimentOptions, PodReader, SourceBuilder };

const workloadWrites: readonly WriteVerb[] = ["create", "patch", "delete"];

export function createExperimentController(
  options: ExperimentOptions,
): ControllerSpec<Experiment, World, ExperimentStatus> {
  const { builder, pods } = options;
  const settings = settingsOf(options);
  return {
    name: "experiment",
    does: "Turns a manifest into a RayJob or a JobSet, and follows it in six steps. On the local cluster it has the source's image built first.",
    root: ExperimentKind,
    isTimed: true,
    owns: [
      { kind: RayJob, writes: workloadWrites, why: "the workload of operator kuberay" },
      { kind: JobSet, writes: workloadWrites, why: "the workload of all other operators" },
      { kind: PersistentVolumeClaim, writes: ["create", "delete"], why: "volumes that the manifest asks for" },
    ],
    watches: [
      { kind: Job, why: "the reason of a JobSet's failure" },
      {
        kind: PodKind,
        selector: rayPodSelector,
        unread: unreadOfRayPods,
        why: "what pods wait for",
        map: experimentOfPod,
      },
      { kind: ExperimentKind, why: "whose image `builder.skipBuild` names", map: thoseThatWaitFor },
    ],
    writes: [{ kind: Secret, writes: ["create"], why: "the keys of the bucket of outputs and inputs" }],
    keys: (root) => [wantedImageOf(root)].filter((id) => id !== undefined),
    observe,
    plan: (root, world, now) => planExperiment(root, world, now, settings),
    events,
    phases,
    actions: [...(builder ? builderActions(builder) : []), ...(pods ? podActions(pods) : [])],
  };
}

/** Pods that nothing is wrong with tell an experiment nothing that its workload does not. */
function experimentOfPod(object: KubeObject): readonly Request[] {
  const { namespace, labels } = object.metadata;
  const name = labels?.[experimentLabel];
  return name !== undefined && findWait([object as Pod]) ? [{ namespace, name }] : [];
}

const thoseThatWaitFor = (object: KubeObject, rootsOf: RootsOf): readonly Request[] =>
  rootsOf(object.metadata.namespace, experimentIdOf(object as Experiment));

const builderActions = (builder: SourceBuilder): readonly Performer<Experiment>[] => [
  perform(clone, (source, { root, signal }) => builder.clone(source, root, signal)),
  perform(build, (source, { root, signal }) => builder.build(source, source.snapshot, root, signal)),
];

const podActions = (pods: PodReader): readonly Performer<Experiment>[] => [
  perform(examine, async (_, { root: { metadata } }) =>
    findCause(await pods.failed(metadata.namespace, metadata.name ?? "")),
  ),
  perform(inspect, (_, { root, signal }) => inspectPods(pods, root, signal)),
];

async function inspectPods(pods: PodReader, { metadata }: Experiment, signal: AbortSignal): Promise<Inspection> {
  const { namespace, name = "" } = metadata;
  const all = await pods.list(namespace, name);
  const wait = findWait(all);
  const logged = loggedPod(all);
  const lines = logged && !wait ? await pods.lastLines(namespace, logged, signal) : [];
  return { ...(wait && { wait }), ...(logged && lines.length > 0 && { log: { ...logged, lines } }) };
}
