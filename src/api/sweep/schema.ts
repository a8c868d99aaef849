/** The fields of a Sweep, in one place: its types, its definition and its reference page are made from this. */
import type { Schema } from "../../machinery/schema/types.ts";
import { cancelledFlag, generation, string, time } from "../definition-frame.ts";
import { experimentSpec } from "../experiment/schema.ts";

const count = { type: "integer", format: "int32", minimum: 0 } as const;

export const trial = {
  type: "object",
  required: ["parameters"],
  properties: {
    parameters: {
      type: "object",
      additionalProperties: { type: "string", maxLength: 4096 },
      description: "Values as they are written: 1e-3 stays 1e-3.",
    },
  },
} as const;

export const sweepSpec = {
  type: "object",
  required: ["template", "trials"],
  properties: {
    template: experimentSpec,
    trials: { type: "array", minItems: 1, maxItems: 5000, items: trial, description: "One experiment each." },
    parallelism: {
      type: "integer",
      format: "int32",
      minimum: 1,
      description: "How many run at once; 1 when absent.",
    },
    passing: {
      type: "string",
      enum: ["Arguments", "Environment"],
      description:
        "How a parameter that the command has no {NAME} for reaches the program: Arguments (when absent) appends --NAME=VALUE to the command, Environment leaves it to the variable WINDLASS_PARAM_NAME, which is always set.",
    },
    cancelled: {
      ...cancelledFlag("sweep"),
      description: "Set to true to cancel: what runs is cancelled, nothing more is started.",
    },
  },
} as const satisfies Schema;

export const sweepStatus = {
  type: "object",
  properties: {
    state: { type: "string", enum: ["Running", "Succeeded", "Failed", "Cancelled"] },
    started: { ...count, description: "Trials that have been started, the first ones of the list." },
    active: count,
    succeeded: count,
    failed: count,
    cancelled: count,
    image: { ...string, description: "The image that the first trial was built into, and all run." },
    reason: { ...string, description: "Why the state is what it is, as one word that stays the same." },
    message: string,
    startTime: time,
    endTime: time,
    observedGeneration: generation,
  },
} as const satisfies Schema;
