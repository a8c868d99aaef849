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
    when: "a number of a sweep is not a number, or out of range",
    message: (name: string, text: string) => `${name} ${text}: expected a whole number of at least 1`,
    exitStatus: 2,
  },
  BAD_PASS: {
    when: "the way to pass parameters is unknown",
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
    when: "a range of real numbers is swept without `--samples`",
    message: (name: string) => `parameter ${name} is a continuous range and cannot be enumerated`,
    remedy: "add `--samples N` to sample from it, or list the values",
    exitStatus: 2,
  },
  TOO_MANY_TRIALS: {
    when: "a sweep would have too many trials",
    message: (most: number) => `the sweep has more than ${most} combinations`,
    remedy: "list fewer values, or sample some of them with `--samples N`",
    exitStatus: 2,
  },
  SWEEP_NOT_FOUND: {
    when: "no sweep has this name",
    message: (name: string, namespace: string, _near?: string) => `sweep "${name}" not found in namespace ${namespace}`,
    remedy: (_name: string, _namespace: string, near?: string) =>
      near ? `did you mean ${near}?` : "`windlass sweep list` shows all sweeps",
  },
  NO_SWEEPS: {
    when: "`latest` is named, and the namespace has no sweeps",
    message: (namespace: string) => `there are no sweeps in namespace ${namespace} yet`,
    remedy: "`windlass sweep --param lr=1e-3,1e-4` starts one",
  },
  NOTHING_TO_COMPARE: {
    when: "`windlass compare` is called with neither experiments nor a sweep",
    message: () => "nothing to compare",
    remedy: "name experiments, or a sweep with --sweep NAME",
    exitStatus: 2,
  },
  NO_SUCH_COLUMN: {
    when: "`windlass compare --sort` names an unknown column",
    message: (name: string, _columns: readonly string[]) => `unknown column "${name}"`,
    remedy: (_name: string, columns: readonly string[]) => `columns: ${columns.join(", ")}`,
    exitStatus: 2,
  },
});

export const sweepErrors = makersOf(sweepArea);
