/** The CustomResourceDefinition of Experiment. */
import { cancelledFlag, column, defineKind, generation, string, time } from "../definition-frame.ts";
import { Experiment } from "./kinds.ts";
import { experimentSteps } from "./types.ts";

const uuid = { type: "string", pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" } as const;
const absolutePath = { type: "string", pattern: "^/" } as const;
const stringMap = { type: "object", additionalProperties: string } as const;
const reference = {
  type: "object",
  required: ["name"],
  properties: { name: { type: "string", minLength: 1 }, optional: { type: "boolean" } },
} as const;
const envFrom = {
  type: "array",
  items: { type: "object", properties: { prefix: string, configMapRef: reference, secretRef: reference } },
} as const;
const states = ["Processing", "Succeeded", "Failed", "Cancelled"];

export const spec = {
  type: "object",
  required: ["manifest"],
  properties: {
    manifest: { type: "string", minLength: 1, maxLength: 1_048_576 },
    id: uuid,
    message: { type: "string", maxLength: 4096 },
    sourceDirectory: string,
    image: string,
    vcs: {
      type: "object",
      properties: {
        authorName: string,
        authorEmail: string,
        refName: string,
        repository: string,
        sha: string,
        commitMessage: string,
        type: string,
      },
    },
    env: stringMap,
    mounts: {
      type: "array",
      items: {
        type: "object",
        required: ["hostPath", "mountPoint"],
        properties: { hostPath: absolutePath, mountPoint: absolutePath, readOnly: { type: "boolean" } },
      },
    },
    resumeFrom: uuid,
    envFrom,
    startDeadlineSeconds: { type: "integer", format: "int64", minimum: 1 },
    cancelled: cancelledFlag("experiment"),
  },
  "x-kubernetes-validations": [
    {
      rule: "self.manifest == oldSelf.manifest",
      message: "the manifest of an experiment is immutable; submit a new experiment",
    },
  ],
};

const status = {
  type: "object",
  properties: {
    state: { type: "string", enum: states },
    step: { type: "string", enum: [...experimentSteps] },
    steps: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: {
        type: "object",
        required: ["name", "state"],
        properties: {
          name: { type: "string", enum: [...experimentSteps] },
          state: { type: "string", enum: ["Pending", "Active", "Done", "Skipped", "Failed"] },
          startTime: time,
          endTime: time,
          message: string,
        },
      },
    },
    reason: string,
    message: string,
    operator: string,
    startTime: time,
    endTime: time,
    snapshot: string,
    image: string,
    outputs: string,
    workload: {
      type: "object",
      required: ["apiVersion", "kind", "name"],
      properties: { apiVersion: string, kind: string, name: string },
    },
    rayClusterName: string,
    attempt: { type: "integer", format: "int32" },
    maxAttempts: { type: "integer", format: "int32" },
    lastFailure: string,
    observedGeneration: generation,
  },
};

export const crd = defineKind(Experiment, {
  spec,
  status,
  shortNames: ["exp"],
  columns: [
    column("State", ".status.state"),
    column("Step", ".status.step"),
    column("Operator", ".status.operator"),
    column("Reason", ".status.reason"),
    column("Message", ".spec.message", "string", 1),
  ],
});
