/** The trials of a sweep: every combination of the values, or some of them drawn by lot. Pure but for `random`. */
import type { Parameters } from "../../api/sweep/types.ts";
import { sweepErrors } from "../errors/sweep.ts";
import type { Parameter, Space } from "./parse-parameter.ts";

/** What one object can hold, and more than anybody waits for. */
const mostTrials = 5000;
/** Draws that come to nothing new before all is taken for drawn. */
const mostRepeats = 1000;

/** The last parameter changes fastest. Throws UserError for ranges, and for too many combinations. */
export function gridTrials(parameters: readonly Parameter[]): readonly Parameters[] {
  let trials: readonly Parameters[] = [{}];
  for (const { name, space } of parameters) {
    if (space.type === "range") throw sweepErrors.NEEDS_SAMPLES(name);
    const { values } = space;
    if (trials.length * values.length > mostTrials) throw sweepErrors.TOO_MANY_TRIALS(mostTrials);
    trials = trials.flatMap((trial) => values.map((value) => ({ ...trial, [name]: value })));
  }
  return trials;
}

function draw(space: Space, random: () => number): string {
  if (space.type === "values") return space.values[Math.floor(random() * space.values.length)] ?? "";
  const { min, max, scale } = space;
  const value =
    scale === "log"
      ? Math.exp(Math.log(min) + random() * (Math.log(max) - Math.log(min)))
      : min + random() * (max - min);
  return String(Number(value.toPrecision(6)));
}

/** No two alike; fewer than asked for where there are no more. `random`: from 0 to below 1. */
export function sampleTrials(
  parameters: readonly Parameter[],
  count: number,
  random: () => number,
): readonly Parameters[] {
  if (count > mostTrials) throw sweepErrors.TOO_MANY_TRIALS(mostTrials);
  const drawn = new Map<string, Parameters>();
  for (let repeats = 0; drawn.size < count && repeats < mostRepeats; ) {
    const trial = Object.fromEntries(parameters.map(({ name, space }) => [name, draw(space, random)]));
    const key = JSON.stringify(trial);
    if (drawn.has(key)) repeats++;
    else drawn.set(key, trial);
  }
  return [...drawn.values()];
}
