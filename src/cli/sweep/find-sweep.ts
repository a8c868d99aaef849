/** Sweeps as the command line sees them: finding them, and their experiments in the order of the trials. */
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { Sweep as SweepKind } from "../../api/sweep/kinds.ts";
import { sweepLabel, trialLabel } from "../../api/sweep/labels.ts";
import type { Sweep } from "../../api/sweep/types.ts";
import { closest } from "../../machinery/did-you-mean.ts";
import { sweepErrors } from "../errors/sweep.ts";
import { nameOf } from "../experiments/find.ts";
import type { Target } from "../connect/target.ts";

const createdAt = ({ metadata }: Sweep) => metadata.creationTimestamp ?? "";

/** The youngest first. */
export async function listSweeps({ client, namespace }: Target): Promise<readonly Sweep[]> {
  const { items } = await client.list<Sweep>(SweepKind, { namespace });
  return items.toSorted((a, b) => createdAt(b).localeCompare(createdAt(a)));
}

/** Whether `wanted` is the beginning of its name. */
export const isSweepMeant = (sweep: Sweep, wanted: string): boolean =>
  wanted !== "" && [nameOf(sweep), nameOf(sweep).slice("sweep-".length)].some((name) => name.startsWith(wanted));

/** By name, by the beginning of one that fits no other, or `latest`. Throws UserError. */
export async function findSweep(target: Target, wanted: string): Promise<Sweep> {
  const all = await listSweeps(target);
  if (wanted === "latest" && all[0]) return all[0];
  if (wanted === "latest") throw sweepErrors.NO_SWEEPS(target.namespace);
  const exact = all.find((sweep) => nameOf(sweep) === wanted);
  const [only, ...others] = all.filter((sweep) => isSweepMeant(sweep, wanted));
  const found = exact ?? (others.length === 0 ? only : undefined);
  if (found) return found;
  throw sweepErrors.SWEEP_NOT_FOUND(wanted, target.namespace, closest(wanted, all.map(nameOf)));
}

const indexOf = ({ metadata }: Experiment) => Number(metadata.labels?.[trialLabel] ?? 0);

export async function trialsOf({ client, namespace }: Target, sweep: string): Promise<readonly Experiment[]> {
  const { items } = await client.list<Experiment>(ExperimentKind, {
    namespace,
    labelSelector: `${sweepLabel}=${sweep}`,
  });
  return items.toSorted((a, b) => indexOf(a) - indexOf(b));
}
