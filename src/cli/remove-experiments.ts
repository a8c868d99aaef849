/** Deletes experiments and waits until everything of them is gone; a sweep goes with the last of its experiments. */
import { Experiment as ExperimentKind } from "../api/experiment/kinds.ts";
import type { Experiment } from "../api/experiment/types.ts";
import { Sweep as SweepKind } from "../api/sweep/kinds.ts";
import { isSweepFinished, type Sweep } from "../api/sweep/types.ts";
import { isControlledBy } from "../machinery/owner-refs.ts";
import { selectionErrors } from "./errors/selection.ts";
import { ifThere, nameOf } from "./experiments.ts";
import type { Target } from "./target.ts";

const pollMs = 100;
/** Longer than the grace period that most pods have. */
const patienceMs = 120_000;
const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function untilGone(target: Target, deleted: readonly Experiment[]): Promise<void> {
  let left = deleted;
  for (const deadline = Date.now() + patienceMs; left.length > 0 && Date.now() < deadline; ) {
    const { items } = await target.client.list<Experiment>(ExperimentKind, {
      namespace: deleted[0]?.metadata.namespace,
    });
    const there = new Set(items.map(({ metadata }) => metadata.uid));
    left = left.filter(({ metadata }) => there.has(metadata.uid));
    if (left.length > 0) await later(pollMs);
  }
  if (left.length > 0) throw selectionErrors.DELETION_UNFINISHED(left.map(nameOf), patienceMs / 1000);
}

/** One that has not finished makes its next experiments. */
async function removeEmptySweeps({ client }: Target, deleted: readonly Experiment[]): Promise<void> {
  const namespace = deleted[0]?.metadata.namespace;
  const ofSweeps = deleted.filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ kind }) => kind === SweepKind.kind),
  );
  if (ofSweeps.length === 0) return;
  const { items: sweeps } = await client.list<Sweep>(SweepKind, { namespace });
  const { items: left } = await client.list<Experiment>(ExperimentKind, { namespace });
  for (const sweep of sweeps) {
    const owned = (experiment: Experiment) => isControlledBy(experiment, sweep);
    if (!isSweepFinished(sweep) || !ofSweeps.some(owned) || left.some(owned)) continue;
    const { name = "", uid = "" } = sweep.metadata;
    await ifThere(client.delete({ kind: SweepKind, namespace, name }, { preconditions: { uid } }));
  }
}

/** In the foreground: the experiment is there until its workload, its pods and its volumes are gone. */
export async function removeExperiments(target: Target, experiments: readonly Experiment[]): Promise<void> {
  const { client } = target;
  for (const experiment of experiments) {
    const { namespace } = experiment.metadata;
    const ref = { kind: ExperimentKind, namespace, name: nameOf(experiment) };
    const preconditions = { uid: experiment.metadata.uid ?? "" };
    await ifThere(client.delete(ref, { propagationPolicy: "Foreground", preconditions }));
  }
  await untilGone(target, experiments);
  await removeEmptySweeps(target, experiments);
}
