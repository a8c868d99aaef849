/**
 * What `delete` means: experiments and sweeps, by name or by filter. A sweep takes its experiments with it, as owned
 * objects go with their owner; a filter takes a sweep only if it takes all of its experiments. Pure.
 */
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { isSweepFinished, type Sweep } from "../../api/sweep/types.ts";
import { isControlledBy } from "../../machinery/owner-refs.ts";
import { chooseExperiment, isMeant } from "./choose.ts";
import { findErrors } from "../errors/find.ts";
import { selectionErrors } from "../errors/selection.ts";
import type { ExperimentFilter } from "./filter.ts";
import { formatNames } from "../display/name-list.ts";
import { isSweepMeant } from "../sweep/find-sweep.ts";

/** What there is in a namespace, the youngest first. */
export interface Everything {
  readonly experiments: readonly Experiment[];
  readonly sweeps: readonly Sweep[];
}

export interface Removals {
  readonly chosen: Everything;
  /** Left out by a filter, for they go on. */
  readonly unfinished: Everything;
}

const nothing: Everything = { experiments: [], sweeps: [] };

const nameOf = ({ metadata }: Experiment | Sweep) => metadata.name ?? "";
const isSweep = (object: Experiment | Sweep): object is Sweep => "trials" in object.spec;
const isExperiment = (object: Experiment | Sweep): object is Experiment => !isSweep(object);
const isFinished = (object: Experiment | Sweep) =>
  isSweep(object) ? isSweepFinished(object) : isExperimentFinished(object);
const trialsOf = ({ experiments }: Everything, sweep: Sweep) =>
  experiments.filter((experiment) => isControlledBy(experiment, sweep));

/** A full name, else the beginning of one that fits no other; the experiments of a sweep begin with its name. */
function find(all: Everything, wanted: string, namespace: string): Experiment | Sweep {
  const everything = [...all.experiments, ...all.sweeps];
  const exact = everything.find((object) => nameOf(object) === wanted);
  if (exact) return exact;
  const sweeps = wanted === "latest" ? [] : all.sweeps.filter((sweep) => isSweepMeant(sweep, wanted));
  const [sweep] = sweeps;
  if (!sweep) return chooseExperiment(all.experiments, wanted, namespace);
  const others = all.experiments.filter(
    (experiment) => isMeant(experiment, wanted) && !sweeps.some((owner) => isControlledBy(experiment, owner)),
  );
  const matching = [...sweeps, ...others];
  if (matching.length === 1) return sweep;
  throw findErrors.AMBIGUOUS_NAME(wanted, matching.length, formatNames(matching.map(nameOf)));
}

export interface Named {
  readonly names: readonly string[];
  readonly namespace: string;
  readonly cancels: boolean;
}

/** Throws UserError for a name that is nobody's, and for what has not finished unless it may be cancelled. */
export function namedRemovals(all: Everything, { names, namespace, cancels }: Named): Removals {
  const found = [...new Set(names.map((name) => find(all, name, namespace)))];
  const unfinished = cancels ? [] : found.filter((object) => !isFinished(object));
  if (unfinished.length > 0) throw selectionErrors.EXPERIMENT_UNFINISHED(unfinished.map(nameOf));
  const sweeps = found.filter(isSweep);
  const experiments = [...found.filter(isExperiment), ...sweeps.flatMap((sweep) => trialsOf(all, sweep))];
  return { chosen: { sweeps, experiments: [...new Set(experiments)] }, unfinished: nothing };
}

/** A sweep as filters see it: with the state and the step of an experiment. */
const asFiltered = ({ metadata, status = {} }: Sweep): Parameters<ExperimentFilter>[0] => {
  const { state = "Running", endTime } = status;
  const shown =
    state === "Running" ? ({ state: "Processing", step: "Running" } as const) : ({ state, step: "Finished" } as const);
  return { metadata, status: { ...shown, ...(endTime && { endTime }) } };
};

export interface Filtered {
  readonly filter: ExperimentFilter | undefined;
  readonly cancels: boolean;
}

export function filteredRemovals(all: Everything, { filter, cancels }: Filtered): Removals {
  const isGoing = (object: Experiment | Sweep) => cancels || isFinished(object);
  const stays = (object: Experiment | Sweep) => !isGoing(object);
  const fitting: Everything = {
    experiments: all.experiments.filter((experiment) => filter?.(experiment) !== false),
    sweeps: all.sweeps.filter((sweep) => filter?.(asFiltered(sweep)) !== false),
  };
  const experiments = fitting.experiments.filter(isGoing);
  const isEmptied = (sweep: Sweep) => trialsOf(all, sweep).every((trial) => experiments.includes(trial));
  return {
    chosen: { experiments, sweeps: fitting.sweeps.filter((sweep) => isGoing(sweep) && isEmptied(sweep)) },
    unfinished: { experiments: fitting.experiments.filter(stays), sweeps: fitting.sweeps.filter(stays) },
  };
}
