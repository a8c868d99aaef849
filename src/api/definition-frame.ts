/** The frame that the CustomResourceDefinitions of windlass.dev share: one version, a status, columns. */
import type { Kind } from "../meta/object.ts";

export const string = { type: "string" } as const;
export const time = { type: "string", format: "date-time" } as const;
export const generation = { type: "integer", format: "int64" } as const;

/** A flag that cancels: once it is set it stays. */
export const cancelledFlag = (what: string) =>
  ({
    type: "boolean",
    "x-kubernetes-validations": [
      { rule: "self || !oldSelf", message: `a cancelled ${what} cannot be resumed; submit it again` },
    ],
  }) as const;

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

/** What `kubectl get` shows; a column of priority 1 is shown by `-o wide` only. */
export const column = (name: string, jsonPath: string, type = "string", priority = 0): Column => ({
  name,
  type,
  jsonPath,
  ...(priority && { priority }),
});

export interface Definition {
  readonly spec: object;
  readonly status: object;
  /** Before the age, which every kind has last. */
  readonly columns: readonly Column[];
  readonly shortNames?: readonly string[];
}

export const defineKind = (
  { group, version, kind, resource }: Kind,
  { spec, status, columns, shortNames }: Definition,
) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${resource}.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: {
      kind,
      listKind: `${kind}List`,
      plural: resource,
      singular: kind.toLowerCase(),
      ...(shortNames && { shortNames }),
      categories: ["all"],
    },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [...columns, column("Age", ".metadata.creationTimestamp", "date")],
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: { apiVersion: string, kind: string, metadata: { type: "object" }, spec, status },
          },
        },
      },
    ],
  },
});
