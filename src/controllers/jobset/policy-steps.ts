/** What policies plan: steps, conditions, and fields of the status, in flat lists that are joined by concatenation. Pure. */
import type { JobSetStatus, ReplicatedJobStatus } from "../../api/jobset/types.ts";
import type { Step, Steps } from "../../runtime/steps.ts";
import type { ConditionChange } from "./conditions.ts";

/** Fields of the status that a policy sets; the rest stays as it is. */
export interface StatusFields extends Omit<JobSetStatus, "conditions" | "replicatedJobsStatus"> {
  readonly counts?: ReadonlyMap<string, ReplicatedJobStatus>;
}

export type PolicyStep = Step | ConditionChange | { readonly do: "fields"; readonly fields: StatusFields };
export type PolicySteps = readonly PolicyStep[];

export const setFields = (fields: StatusFields): PolicyStep => ({ do: "fields", fields });

export interface SortedSteps {
  readonly steps: Steps;
  readonly conditions: readonly ConditionChange[];
  readonly fields: StatusFields;
}

export function sortSteps(steps: PolicySteps): SortedSteps {
  return {
    steps: steps.filter((step) => step.do !== "condition" && step.do !== "fields"),
    conditions: steps.filter((step) => step.do === "condition"),
    fields: Object.assign({}, ...steps.filter((step) => step.do === "fields").map(({ fields }) => fields)),
  };
}
