/** What a person asked for, by flags and by file, as a sweep; flags win. Pure. */
import type { ExperimentSpec } from "../../api/experiment/types.ts";
import { apiVersionOf } from "../../meta/object.ts";
import { Sweep as SweepKind } from "../../api/sweep/kinds.ts";
import type { Parameters, Passing, Sweep } from "../../api/sweep/types.ts";
import { sweepErrors } from "../errors/sweep.ts";
import { gridTrials, sampleTrials } from "./expand-trials.ts";
import { seededRandom } from "../../machinery/seeded-random.ts";
import { type Parameter, parseParameter } from "./parse-parameter.ts";
import type { SweepFile } from "./sweep-file.ts";

export interface SweepChoices {
  readonly param?: readonly string[];
  readonly samples?: string;
  readonly seed?: string;
  readonly parallel?: string;
  readonly pass?: string;
}

export interface SweepPlan {
  readonly trials: readonly Parameters[];
  readonly parallelism: number;
  readonly passing: Passing;
}

function wholeNumber(name: string, text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0 && Number.isSafeInteger(Number(text))) return Number(text);
  throw sweepErrors.BAD_SWEEP_NUMBER(name, text);
}

function passingOf(text: string): Passing {
  if (text === "arguments") return "Arguments";
  if (text === "environment") return "Environment";
  throw sweepErrors.BAD_PASS(text);
}

/** A parameter of a flag takes the place of the file's of that name. */
function parametersOf(file: SweepFile | undefined, given: readonly string[]): readonly Parameter[] {
  const all = [...(file?.parameters ?? []), ...given.map(parseParameter)];
  return [...new Map(all.map((parameter) => [parameter.name, parameter])).values()];
}

/** `random`: where no seed is given. Throws UserError. */
export function planSweep(choices: SweepChoices, file: SweepFile | undefined, random: () => number): SweepPlan {
  const parameters = parametersOf(file, choices.param ?? []);
  if (parameters.length === 0) throw sweepErrors.NO_PARAMETERS();
  const samples = choices.samples ?? file?.samples;
  const seed = choices.seed ?? file?.seed;
  const source = seed === undefined ? random : seededRandom(wholeNumber("seed", seed));
  return {
    trials:
      samples === undefined
        ? gridTrials(parameters)
        : sampleTrials(parameters, wholeNumber("samples", samples), source),
    parallelism: wholeNumber("parallel", choices.parallel ?? file?.parallel ?? "1"),
    passing: passingOf(choices.pass ?? file?.pass ?? "arguments"),
  };
}

export interface SweepRequest extends SweepPlan {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly template: ExperimentSpec;
}

export function makeSweep({ name, namespace, labels, template, trials, parallelism, passing }: SweepRequest): Sweep {
  // Each trial is an experiment with an id of its own.
  const { id: _, ...shared } = template;
  return {
    apiVersion: apiVersionOf(SweepKind),
    kind: SweepKind.kind,
    metadata: { name, namespace, labels },
    spec: { template: shared, trials: trials.map((parameters) => ({ parameters })), parallelism, passing },
  };
}
