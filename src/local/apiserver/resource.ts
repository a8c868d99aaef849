/** What the API server knows of one resource: its identity, its rules, and how it is printed. */
import type { Kind, UnknownObject } from "../../api/meta/object.ts";
import type { FieldError, Schema } from "../../machinery/schema/types.ts";

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  /** The cell of an object. */
  readonly value: (object: UnknownObject, now: Date) => unknown;
}

/** Everything about a resource that differs between kinds. All functions are pure. */
export interface Rules {
  /** Fills in defaults on create and update. */
  readonly defaults?: (object: UnknownObject) => UnknownObject;
  /** Sets what the server decides on create (a cluster IP, a first status). */
  readonly prepare?: (object: UnknownObject) => UnknownObject;
  readonly validate?: (object: UnknownObject) => readonly FieldError[];
  readonly validateUpdate?: (object: UnknownObject, before: UnknownObject) => readonly FieldError[];
  /** Fields that the schema does not know (custom resources). */
  readonly unknown?: (object: UnknownObject) => readonly string[];
  readonly prune?: (object: UnknownObject) => UnknownObject;
  /** Seconds a pod-like object stays after a delete; 0 or absent = it goes at once. */
  readonly gracePeriod?: (object: UnknownObject) => number;
}

export interface ScaleSpec {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

export interface Resource {
  readonly kind: Kind;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Store key: the same for all versions of a resource. */
  readonly storage: string;
  readonly hasStatus: boolean;
  /** Whether spec changes bump metadata.generation. */
  readonly hasGeneration: boolean;
  readonly scale?: ScaleSpec;
  readonly columns: readonly Column[];
  readonly rules: Rules;
  /** Shown as a `Warning:` header on every request of a deprecated version. */
  readonly deprecation?: string;
  /** Schema of a custom resource; absent for built-in kinds. */
  readonly schema?: Schema;
  readonly custom: boolean;
}

/** A value by a simple path such as `.status.conditions` or `.metadata.labels['a.b/c']`; undefined when absent. */
export function valueAtPath(object: unknown, path: string): unknown {
  const tokens = path.match(/[^.[\]'"]+(?:\\\.[^.[\]'"]+)*|\[['"][^'"]+['"]\]/g) ?? [];
  return tokens.reduce<unknown>((value, token) => {
    const key = token.replace(/^\[['"]|['"]\]$/g, "").replaceAll("\\.", ".");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }, object);
}
