/** Errors of selecting, labelling and deleting experiments. */
import { defineErrors, makersOf } from "./define.ts";

export const selectionArea = defineErrors("Selecting, labelling and deleting experiments", {
  STATE_UNKNOWN: {
    when: "`--state` is neither a state nor a step",
    message: (text: string, known: readonly string[]) => `--state ${text}: expected ${known.join(", ")}`,
    remedy: "separate several with commas: --state Failed,Cancelled",
    exitStatus: 2,
  },
  AGE_INVALID: {
    when: "an option that takes an age has an invalid value",
    message: (flag: string, text: string) => `${flag} ${text}: expected a duration such as 30m, 24h or 7d`,
    exitStatus: 2,
  },
  SELECTOR_INVALID: {
    when: "`--label` is not a label selector",
    message: (text: string, reason: string) => `--label ${text}: ${reason}`,
    remedy: "write key=value, key!=value, key (exists) or !key, separated by commas",
    exitStatus: 2,
  },
  LIMIT_INVALID: {
    when: "`--limit` is not a whole number above zero",
    message: (text: string) => `--limit ${text}: expected a whole number above 0`,
    exitStatus: 2,
  },
  LABEL_INVALID: {
    when: "a label is malformed, or reserved for Windlass",
    message: (text: string, reason: string) => `label ${text}: ${reason}`,
    remedy: "write key=value to set a label, key- to remove it; values have up to 63 letters, digits, `-`, `_` and `.`",
    exitStatus: 2,
  },
  NOTHING_SELECTED: {
    when: "`delete` is called with neither names nor filters",
    message: () => "no experiments to delete",
    remedy: "name experiments, or select them with --state, --older-than, --label or --all",
    exitStatus: 2,
  },
  NAMES_AND_FILTERS: {
    when: "`delete` is called with names and filters",
    message: () => "names and filters cannot be combined",
    remedy: "name experiments, or select them with --state, --older-than, --label or --all",
    exitStatus: 2,
  },
  EXPERIMENT_UNFINISHED: {
    when: "an experiment or a sweep to delete has not finished",
    message: (names: readonly string[]) =>
      `${names.join(", ")} ${names.length === 1 ? "has" : "have"} not finished; nothing was deleted`,
    remedy: "wait for the end, or add --cancel to cancel and delete it",
  },
  CONFIRMATION_NEEDED: {
    when: "`delete` with filters, or `prune` of experiments or outputs, runs without a terminal and without `--yes`",
    message: (question: string) => `cannot ask without a terminal: "${question}"`,
    remedy: "add --yes, or preview with --dry-run",
    exitStatus: 2,
  },
  OUTPUTS_IN_USE: {
    when: "another experiment resumed from the outputs to delete",
    message: (name: string, user: string) =>
      `${user} was resumed from ${name} and keeps its checkpoints in the outputs of ${name}`,
    remedy: "delete both in one command, or leave --outputs out",
  },
  DELETION_UNFINISHED: {
    when: "an experiment is marked as deleted, but parts of it still exist",
    message: (names: readonly string[], seconds: number) =>
      `${names.join(", ")}: still terminating after ${seconds} s; deletion continues in the background`,
    remedy: "`kubectl get experiment NAME -o yaml` shows the finalizers that block it",
  },
});

export const selectionErrors = makersOf(selectionArea);
