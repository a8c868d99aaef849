/** `metav1.Condition`, and the one way to set it (the rules of apimachinery's SetStatusCondition). */
import type { Time } from "./object.ts";

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: Time;
  readonly observedGeneration?: number;
}

/** RFC 3339 with seconds, as the API prints times. */
export function formatTime(date: Date): Time {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 with microseconds (`metav1.MicroTime`). */
export const formatMicroTime = (date: Date): string => date.toISOString().replace("Z", "000Z");

/**
 * Returns `conditions` with `next` set: matched by type, order of first insertion kept, and
 * `lastTransitionTime` moved to `now` only when `status` changes or the condition is new.
 */
export function setCondition(
  conditions: readonly Condition[],
  next: Omit<Condition, "lastTransitionTime">,
  now: Date,
): readonly Condition[] {
  const at = conditions.findIndex((condition) => condition.type === next.type);
  if (at < 0) return [...conditions, { ...next, lastTransitionTime: formatTime(now) }];
  const old = conditions[at] as Condition;
  const lastTransitionTime = old.status === next.status ? old.lastTransitionTime : formatTime(now);
  return conditions.with(at, { ...next, lastTransitionTime });
}

export function removeCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "True";
}
