/** Errors of choosing experiments by filters, of labelling them and of deleting them. */
import { defineErrors, makersOf } from "./define.ts";

export const selectionArea = defineErrors("Choosing, labelling and deleting experiments", {
  STATE_UNKNOWN: {
    when: "`--state` names neither a state nor a step",
    message: (text: string, known: readonly string[]) => `--state ${text}: expected ${known.join(", ")}`,
    remedy: "separate several with commas: --state Failed,Cancelled",
    exitStatus: 2,
  },
  AGE_INVALID: {
    when: "a flag that takes an age was given something else",
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
    when: "a label to set or to remove is malformed, or belongs to Windlass",
    message: (text: string, reason: string) => `label ${text}: ${reason}`,
    remedy: "write key=value to set a label, key- to remove it; values have up to 63 letters, digits, `-`, `_` and `.`",
    exitStatus: 2,
  },
  NOTHING_SELECTED: {
    when: "`delete` was given neither names nor filters",
    message: () => "nothing to delete was named",
    remedy: "name experiments, or choose them with --state, --older-than, --label or --all",
    exitStatus: 2,
  },
  NAMES_AND_FILTERS: {
    when: "`delete` was given names as well as filters",
    message: () => "names and filters exclude each other",
    remedy: "name experiments, or choose them with --state, --older-than, --label or --all",
    exitStatus: 2,
  },
  EXPERIMENT_UNFINISHED: {
    when: "an experiment that was named for deletion has not finished",
    message: (names: readonly string[]) =>
      `${names.join(", ")} ${names.length === 1 ? "has" : "have"} not finished; nothing was deleted`,
    remedy: "wait for the end, or add --cancel to cancel and delete",
  },
  CONFIRMATION_NEEDED: {
    when: "`delete` with filters, or `prune` of experiments or outputs, runs without a terminal and without `--yes`",
    message: (question: string) => `"${question}" cannot be asked without a terminal`,
    remedy: "add --yes, or look first with --dry-run",
    exitStatus: 2,
  },
  OUTPUTS_IN_USE: {
    when: "outputs that were to be deleted hold the checkpoints of another experiment",
    message: (name: string, user: string) => `${user} resumed ${name}: its checkpoints are in the outputs of ${name}`,
    remedy: "delete both in one command, or leave --outputs out",
  },
  DELETION_UNFINISHED: {
    when: "an experiment was marked as deleted, but something of it is still there",
    message: (names: readonly string[], seconds: number) =>
      `${names.join(", ")}: still being deleted after ${seconds} s; it goes on in the background`,
    remedy: "`kubectl get experiment NAME -o yaml` shows the finalizers that hold it",
  },
});

export const selectionErrors = makersOf(selectionArea);
