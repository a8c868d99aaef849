/**
 * The plan of a controller as its tables see it, with what is true of every plan checked on the way: it is made twice and is the same,
 * what it was made from is left alone, it is plain data, and the controller declares the rights to carry it out.
 */
import { deepEqual } from "../machinery/deep-equal.ts";
import { deepFreeze } from "../machinery/deep-freeze.ts";
import type { Plan } from "../runtime/plan.ts";
import { checkRights } from "../runtime/rights.ts";
import type { AnyControllerSpec } from "../runtime/spec.ts";
import { joinSteps, type Steps } from "../runtime/steps.ts";

/** Where a value is something that JSON cannot say; undefined when it is plain. A field that is undefined is none. */
function oddity(value: unknown, path: string): string | undefined {
  if (value === null || ["string", "boolean", "undefined"].includes(typeof value)) return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  if (typeof value !== "object") return `${path} is a ${typeof value}`;
  const isPlain = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (!isPlain) return `${path} is a ${value.constructor.name}`;
  for (const [key, field] of Object.entries(value)) {
    const found = oddity(field, `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}

/** `plan` is the controller's own function, or one of a part of its plan. Throws what is not true. */
export function checkedPlan<Args extends readonly unknown[], Status>(
  spec: AnyControllerSpec,
  plan: (...args: Args) => Steps<Status>,
  ...args: Args
): Plan<Status> {
  const [steps, again] = [plan(...deepFreeze(args)), plan(...args)];
  const odd = oddity(steps, "steps");
  if (odd) throw new Error(`${spec.name} plans what is no plain data: ${odd}`);
  if (!deepEqual(steps, again)) throw new Error(`${spec.name} plans differently the second time`);
  const joined = joinSteps(steps);
  checkRights(spec, joined);
  return joined;
}
