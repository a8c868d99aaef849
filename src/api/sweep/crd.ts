/** The CustomResourceDefinition of Sweep. */
import { cancelledFlag, column, defineKind, generation, string, time } from "../definition-frame.ts";
import { spec as template } from "../experiment/crd.ts";
import { Sweep } from "./kinds.ts";

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
    cancelled: cancelledFlag("sweep"),
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
    observedGeneration: generation,
  },
};

export const crd = defineKind(Sweep, {
  spec,
  status,
  columns: [
    column("State", ".status.state"),
    column("Started", ".status.started", "integer"),
    column("Active", ".status.active", "integer"),
    column("Succeeded", ".status.succeeded", "integer"),
    column("Failed", ".status.failed", "integer"),
  ],
});
