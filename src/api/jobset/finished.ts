/** When a JobSet has come to its end. */
import type { Condition } from "../../meta/condition.ts";
import type { JobSet } from "./types.ts";

const finishedTypes: ReadonlySet<string> = new Set(["Completed", "Failed"]);

/** The condition that ended the JobSet, if one did. */
export function finishedCondition({ status }: Pick<JobSet, "status">): Condition | undefined {
  return status?.conditions?.find((condition) => finishedTypes.has(condition.type) && condition.status === "True");
}
