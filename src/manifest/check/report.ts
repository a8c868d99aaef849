/** How checks say what is wrong, and where. */
import type { Problem, ProblemCode } from "../model/problem.ts";
import type { Field } from "../read/field.ts";

export interface Location {
  /** The node of the YAML tree to point at. */
  readonly node?: unknown;
  readonly path: string;
}

export interface Report {
  (
    code: ProblemCode,
    location: Location,
    message: string,
    more?: { readonly remedy?: string; readonly severity?: Problem["severity"] },
  ): void;
}

export const at = (field: Field): Location => ({ node: field.where, path: field.path });
