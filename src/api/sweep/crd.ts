/** The CustomResourceDefinition of Sweep. */
import { spec as template } from "../experiment/crd.ts";

const string = { type: "string" } as const;
const time = { type: "string", format: "date-time" } as const;
const count = { type: "integer", format: "int32", minimum: 0 } as const;

const spec = {
  type: "object",
  required: ["template", "trials"],
  properties: {
    template,
    trials: {
      type: "array",
      minItems: 1,
      maxItems: 5000,
      items: {
        type: "object",
        required: ["parameters"],
        properties: { parameters: { type: "object", additionalProperties: { type: "string", maxLength: 4096 } } },
      },
    },
    parallelism: { type: "integer", format: "int32", minimum: 1 },
    passing: { type: "string", enum: ["Arguments", "Environment"] },
    cancelled: {
      type: "boolean",
      "x-kubernetes-validations": [
        { rule: "self || !oldSelf", message: "a cancelled sweep cannot be resumed; submit it again" },
      ],
    },
  },
};

const status = {
  type: "object",
  properties: {
    state: { type: "string", enum: ["Running", "Succeeded", "Failed", "Cancelled"] },
    started: count,
    active: count,
    succeeded: count,
    failed: count,
    cancelled: count,
    image: string,
    reason: string,
    message: string,
    startTime: time,
    endTime: time,
    observedGeneration: { type: "integer", format: "int64" },
  },
};

const column = (name: string, jsonPath: string, type = "string") => ({ name, type, jsonPath });

export const crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "sweeps.windlass.dev" },
  spec: {
    group: "windlass.dev",
    scope: "Namespaced",
    names: { kind: "Sweep", listKind: "SweepList", plural: "sweeps", singular: "sweep", categories: ["all"] },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          column("State", ".status.state"),
          column("Started", ".status.started", "integer"),
          column("Active", ".status.active", "integer"),
          column("Succeeded", ".status.succeeded", "integer"),
          column("Failed", ".status.failed", "integer"),
          column("Age", ".metadata.creationTimestamp", "date"),
        ],
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
} as const;
