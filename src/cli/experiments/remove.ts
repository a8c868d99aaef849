/** Deletes sweeps and experiments and waits until everything of them is gone; a sweep goes with the last of its experiments. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Kind, KubeObject } from "../../meta/object.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { Sweep as SweepKind } from "../../api/sweep/kinds.ts";
import { isSweepFinished, type Sweep } from "../../api/sweep/types.ts";
import { isControlledBy } from "../../machinery/owner-refs.ts";
import { selectionErrors } from "../errors/selection.ts";
import { ifThere, nameOf } from "./find.ts";
import type { Target } from "../connect/target.ts";

const pollMs = 100;
/** Longer than the grace period that most pods have. */
const patienceMs = 120_000;

async function untilGone(target: Target, kind: Kind, deleted: readonly KubeObject[]): Promise<void> {
  let left = deleted;
  for (const deadline = Date.now() + patienceMs; left.length > 0 && Date.now() < deadline; ) {
    const { items } = await target.client.list(kind, { namespace: deleted[0]?.metadata.namespace });
    const there = new Set(items.map(({ metadata }) => metadata.uid));
    left = left.filter(({ metadata }) => there.has(metadata.uid));
    if (left.length > 0) await sleep(pollMs);
  }
  if (left.length > 0) throw selectionErrors.DELETION_UNFINISHED(left.map(nameOf), patienceMs / 1000);
}

/** One that has not finished makes its next experiments. */
async function removeEmptySweeps(target: Target, deleted: readonly Experiment[]): Promise<void> {
  const namespace = deleted[0]?.metadata.namespace;
  const ofSweeps = deleted.filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ kind }) => kind === SweepKind.kind),
  );
  if (ofSweeps.length === 0) return;
  const { client } = target;
  const { items: sweeps } = await client.list<Sweep>(SweepKind, { namespace });
  const { items: left } = await client.list<Experiment>(ExperimentKind, { namespace });
  for (const sweep of sweeps) {
    const owned = (experiment: Experiment) => isControlledBy(experiment, sweep);
    if (!isSweepFinished(sweep) || !ofSweeps.some(owned) || left.some(owned)) continue;
    await requestRemoval(target, SweepKind, sweep);
  }
}

/** In the foreground: an object is there until what it owns is gone. */
async function requestRemoval({ client }: Target, kind: Kind, { metadata }: KubeObject): Promise<void> {
  const { namespace, name = "", uid = "" } = metadata;
  const options = { propagationPolicy: "Foreground", preconditions: { uid } } as const;
  await ifThere(client.delete({ kind, namespace, name }, options));
}

/** Sweeps first, so that they start no more of what is to go. */
export async function removeExperiments(
  target: Target,
  experiments: readonly Experiment[],
  sweeps: readonly Sweep[] = [],
): Promise<void> {
  for (const sweep of sweeps) await requestRemoval(target, SweepKind, sweep);
  for (const experiment of experiments) await requestRemoval(target, ExperimentKind, experiment);
  await untilGone(target, ExperimentKind, experiments);
  await untilGone(target, SweepKind, sweeps);
  await removeEmptySweeps(target, experiments);
}
