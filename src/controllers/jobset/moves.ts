/** What policies plan: steps, conditions, and fields of the status, in flat lists that are joined by concatenation. Pure. */
import type { JobSetStatus, ReplicatedJobStatus } from "../../api/jobset/types.ts";
import type { Step, Steps } from "../../runtime/steps.ts";
import type { ConditionChange } from "./conditions.ts";

/** Fields of the status that a policy sets; the rest stays as it is. */
export interface StatusFields extends Omit<JobSetStatus, "conditions" | "replicatedJobsStatus"> {
  readonly counts?: ReadonlyMap<string, ReplicatedJobStatus>;
}

export type Move = Step | ConditionChange | { readonly do: "fields"; readonly fields: StatusFields };
export type Moves = readonly Move[];

export const setFields = (fields: StatusFields): Move => ({ do: "fields", fields });

export interface SortedMoves {
  readonly steps: Steps;
  readonly conditions: readonly ConditionChange[];
  readonly fields: StatusFields;
}

export function sortMoves(moves: Moves): SortedMoves {
  return {
    steps: moves.filter((move) => move.do !== "condition" && move.do !== "fields"),
    conditions: moves.filter((move) => move.do === "condition"),
    fields: Object.assign({}, ...moves.filter((move) => move.do === "fields").map(({ fields }) => fields)),
  };
}
