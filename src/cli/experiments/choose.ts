/** Which of the experiments there are a person means: the beginning of a name or of an id, or `latest`. Pure. */
import type { Experiment } from "../../api/experiment/types.ts";
import { closest, editDistance } from "../../machinery/did-you-mean.ts";
import { findErrors } from "../errors/find.ts";
import { formatNames } from "../display/name-list.ts";

/** Names are drawn by lot: one that shares most of its letters with another by accident is not what was meant. */
const mostEdits = 2;

const nameOf = ({ metadata }: Experiment) => metadata.name ?? "";
const shortName = (experiment: Experiment) => nameOf(experiment).replace(/^experiment-/, "");

/** Whether `wanted` is the beginning of its name or of its id. */
export const isMeant = (experiment: Experiment, wanted: string): boolean =>
  wanted !== "" &&
  [nameOf(experiment), shortName(experiment), experiment.spec.id].some((name) => name?.startsWith(wanted));

/** Of all experiments, the youngest first. Throws UserError when none fits, or several do. */
export function chooseExperiment(all: readonly Experiment[], wanted: string, namespace: string): Experiment {
  if (wanted === "latest" && all[0]) return all[0];
  if (wanted === "latest") throw findErrors.NO_EXPERIMENTS(namespace);
  const matching = all.filter((experiment) => isMeant(experiment, wanted));
  const [only, ...others] = matching;
  if (only && others.length === 0) return only;
  if (only) throw findErrors.AMBIGUOUS_NAME(wanted, matching.length, formatNames(matching.map(nameOf)));
  const near = closest(wanted, [...all.map(nameOf), ...(all.length > 0 ? ["latest"] : [])]);
  const meant = near && editDistance(wanted, near) <= mostEdits ? near : undefined;
  throw findErrors.EXPERIMENT_NOT_FOUND(wanted, namespace, meant);
}
