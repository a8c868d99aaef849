/** Errors of sweeps and of comparing their results. */
import { defineErrors, makersOf } from "./define.ts";

export const sweepArea = defineErrors("Sweeps", {
  BAD_PARAMETER: {
    when: "a parameter of a sweep cannot be read",
    message: (text: string, problem: string) => `parameter ${text}: ${problem}`,
    remedy: "write it as `--param lr=1e-3,1e-4`, `--param seed=0..4` or `--param lr=1e-5..1e-1:log`",
    exitStatus: 2,
  },
  BAD_SWEEP_FILE: {
    when: "the file of a sweep cannot be read",
    message: (file: string, problem: string) => `${file}: ${problem}`,
    exitStatus: 2,
  },
  BAD_SWEEP_NUMBER: {
    when: "a number of a sweep is none, or out of its range",
    message: (name: string, text: string) => `${name} ${text}: expected a whole number from 1 on`,
    exitStatus: 2,
  },
  BAD_PASS: {
    when: "the way in which parameters are passed is not known",
    message: (text: string) => `pass ${text}: expected arguments or environment`,
    exitStatus: 2,
  },
  NO_PARAMETERS: {
    when: "a sweep has no parameters",
    message: () => "a sweep needs at least one parameter",
    remedy: "add `--param NAME=VALUE,VALUE`, or name a file with -f",
    exitStatus: 2,
  },
  NEEDS_SAMPLES: {
    when: "a range that is not of whole numbers is to be swept without sampling",
    message: (name: string) => `parameter ${name} is a range with infinitely many values`,
    remedy: "add `--samples N` to draw from it, or list the values",
    exitStatus: 2,
  },
  TOO_MANY_TRIALS: {
    when: "a sweep would have more trials than one can hold",
    message: (most: number) => `the sweep has more than ${most} combinations`,
    remedy: "list fewer values, or draw some of them with `--samples N`",
    exitStatus: 2,
  },
  SWEEP_NOT_FOUND: {
    when: "there is no sweep of this name",
    message: (name: string, namespace: string, _near?: string) =>
      `there is no sweep "${name}" in namespace ${namespace}`,
    remedy: (_name: string, _namespace: string, near?: string) =>
      near ? `did you mean ${near}?` : "`windlass sweep list` shows what there is",
  },
  NOTHING_TO_COMPARE: {
    when: "`windlass compare` is given neither experiments nor a sweep",
    message: () => "nothing to compare",
    remedy: "name experiments, or a sweep with --sweep NAME",
    exitStatus: 2,
  },
  NO_SUCH_COLUMN: {
    when: "`windlass compare --sort` names a column that is not there",
    message: (name: string, _columns: readonly string[]) => `there is no column "${name}" to sort by`,
    remedy: (_name: string, columns: readonly string[]) => `columns: ${columns.join(", ")}`,
    exitStatus: 2,
  },
});

export const sweepErrors = makersOf(sweepArea);
