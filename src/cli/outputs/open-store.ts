/** Finds the store of an experiment's outputs, by what its status says. */
import type { Experiment } from "../../api/experiment/types.ts";
import { outputsErrors } from "../errors/outputs.ts";
import { nameOf } from "../experiments.ts";
import type { Target } from "../target.ts";
import { folderStore } from "./folder-store.ts";
import type { OutputStore } from "./store.ts";

/** Throws UserError for an experiment without outputs, or whose outputs are out of reach from here. */
export async function openStore(target: Target, experiment: Experiment): Promise<OutputStore> {
  const place = experiment.status?.outputs;
  const name = nameOf(experiment);
  if (place === undefined) throw outputsErrors.NO_OUTPUTS_PLACE(name);
  if (!target.local) throw outputsErrors.OUTPUTS_ELSEWHERE(name, place);
  return folderStore(place);
}
