/** The kinds the server knows: how each is addressed, stored, defaulted, validated and shown. Built-ins and CRDs alike. */
import type { Kind, UnknownObject } from "../../../meta/object.ts";
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { TypeSchema } from "../openapi/built-in.ts";
import { qualified } from "../errors.ts";

export type Cell = string | number | boolean | null;

/** A printer column. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: string;
  readonly description?: string;
  /** 0: always shown; more: only with `-o wide`. */
  readonly priority?: number;
  cell(object: UnknownObject, now: Date): Cell | undefined;
}

/** What strategies may use besides the object. They run within one turn: nothing of it is asynchronous. */
export interface WriteContext {
  readonly now: Date;
  readonly random: () => number;
  get(storage: string, key: string): UnknownObject | undefined;
  list(storage: string): readonly UnknownObject[];
}

/** What is particular to a kind when it is written. Every function returns a new object or its argument. */
export interface Strategy {
  /** `status` is written only through the subresource, everything else only through the object. */
  readonly hasStatus: boolean;
  /** `metadata.generation` counts changes of everything but metadata and status. */
  readonly hasGeneration: boolean;
  readonly allowCreateOnUpdate?: boolean;
  /** Updates must name the resourceVersion they were made from. */
  readonly requiresVersion?: boolean;
  /** A delete answers the object, not a Status. */
  readonly answersDeleted?: boolean;
  /** A write of /status may change labels, annotations, finalizers too. */
  readonly statusKeepsMetadata?: boolean;
  default?(object: UnknownObject): UnknownObject;
  onCreate?(object: UnknownObject, context: WriteContext): UnknownObject;
  onUpdate?(object: UnknownObject, old: UnknownObject, context: WriteContext): UnknownObject;
  /** `old` is absent on create. */
  validate?(object: UnknownObject, old?: UnknownObject): readonly FieldError[];
  validateStatus?(object: UnknownObject, old: UnknownObject): readonly FieldError[];
  validateName?(name: string): readonly string[];
  warn?(object: UnknownObject): readonly string[];
  /** The last touch on an object that is marked as being deleted. */
  onDelete?(object: UnknownObject, context: WriteContext): UnknownObject;
  /** Seconds an object is still given when it is deleted; 0: none. Absent: always 0. */
  graceSeconds?(object: UnknownObject, asked: number | undefined): number;
}

export interface ResourceType {
  readonly kind: Kind;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
  readonly verbs: readonly string[];
  /** Where its objects are kept in the store; two kinds may share one. */
  readonly storage: string;
  readonly strategy: Strategy;
  readonly columns: readonly Column[];
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly fields: Readonly<Record<string, (object: UnknownObject) => string | undefined>>;
  readonly schema?: TypeSchema;
  /** Comes from a CustomResourceDefinition. */
  readonly custom?: boolean;
  /** Text of the Warning header of a deprecated version. */
  readonly deprecation?: string;
  /** Paths of the scale subresource of a custom resource. */
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath?: string;
  };
  /** The stored object as this kind and version, and back. */
  readonly view?: { from(stored: UnknownObject): UnknownObject; to(object: UnknownObject): UnknownObject };
}

export const allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;

const pathKey = (group: string, version: string, resource: string) => `${group}/${version}/${resource}`;

export class Registry {
  readonly #byPath = new Map<string, ResourceType>();
  /** Counts changes: what is computed from the registry is kept until it moves. */
  revision = 0;

  add(type: ResourceType): void {
    this.#byPath.set(pathKey(type.kind.group, type.kind.version, type.kind.resource), type);
    this.revision++;
  }

  remove(type: ResourceType): void {
    this.#byPath.delete(pathKey(type.kind.group, type.kind.version, type.kind.resource));
    this.revision++;
  }

  find(group: string, version: string, resource: string): ResourceType | undefined {
    return this.#byPath.get(pathKey(group, version, resource));
  }

  get types(): readonly ResourceType[] {
    return [...this.#byPath.values()];
  }
}

export const storageOf = (kind: Kind): string => qualified(kind);

/** The object as a client of this type sees it. */
export const viewOf = (type: ResourceType, stored: UnknownObject): UnknownObject => type.view?.from(stored) ?? stored;
