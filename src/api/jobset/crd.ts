/** The CustomResourceDefinition of JobSet: structural, compact enough for `kubectl apply`, with defaults and rules in place of webhooks. */
import {
  claimTemplateRules,
  failurePolicyRules,
  failureReasonRules,
  immutableRules,
  type JobSetGates,
  objectRules,
  replicatedJobRules,
  type Rule,
  specRules,
} from "./crd-rules.ts";
import { atomicList, boolean, claimTemplate, integer, jobTemplate, listMap, string } from "./pod-schema.ts";
import { failurePolicyActions, restartStrategies } from "./types.ts";

const rules = (list: readonly Rule[]) => ({ "x-kubernetes-validations": list });
/** A name of a replicated job: part of Job names, so no longer than they may be. */
const jobName = { type: "string", maxLength: 63 } as const;
const names = atomicList(jobName, 128);

const replicatedJob = (gates: JobSetGates) => ({
  type: "object",
  required: ["name", "template"],
  properties: {
    name: { ...jobName, pattern: "^[-a-z0-9]*$" },
    groupName: { type: "string", default: "default", maxLength: 63, pattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$" },
    replicas: { ...integer, default: 1, minimum: 0 },
    template: jobTemplate,
    dependsOn: {
      ...listMap(
        "name",
        {
          type: "object",
          required: ["name", "status"],
          properties: { name: jobName, status: { type: "string", enum: ["Ready", "Complete"] } },
        },
        5,
      ),
      ...rules(immutableRules),
    },
  },
  ...rules(replicatedJobRules(gates)),
});

const network = {
  type: "object",
  default: {},
  properties: {
    enableDNSHostnames: { ...boolean, default: true },
    publishNotReadyAddresses: { ...boolean, default: true },
    subdomain: { type: "string", maxLength: 63, pattern: "^([a-z]([-a-z0-9]*[a-z0-9])?)?$" },
  },
  ...rules(immutableRules),
};

const failurePolicyRule = {
  type: "object",
  required: ["action"],
  properties: {
    // Go clients always send one, and must not seem to change what cannot be changed.
    name: { type: "string", default: "", maxLength: 128, pattern: "^([A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?)?$" },
    action: { type: "string", enum: [...failurePolicyActions] },
    onJobFailureReasons: {
      type: "array",
      maxItems: 64,
      items: { type: "string", maxLength: 128 },
      ...rules(failureReasonRules),
    },
    onJobFailureMessagePatterns: { type: "array", items: string },
    targetReplicatedJobs: names,
  },
};

const failurePolicy = (gates: JobSetGates) => ({
  type: "object",
  properties: {
    // Go clients leave a zero out.
    maxRestarts: { ...integer, default: 0 },
    restartStrategy: { type: "string", default: "Recreate", enum: [...restartStrategies] },
    rules: { type: "array", maxItems: 64, items: failurePolicyRule },
  },
  ...rules([...immutableRules, ...failurePolicyRules(gates)]),
});

const volumeClaimPolicy = {
  type: "object",
  properties: {
    templates: atomicList(claimTemplate, 50),
    retentionPolicy: {
      type: "object",
      default: {},
      properties: { whenDeleted: { type: "string", default: "Delete", enum: ["Delete", "Retain"] } },
    },
  },
  ...rules(claimTemplateRules),
};

const spec = (gates: JobSetGates) => ({
  type: "object",
  default: {},
  properties: {
    replicatedJobs: listMap("name", replicatedJob(gates), 128),
    network,
    successPolicy: {
      type: "object",
      required: ["operator"],
      default: { operator: "All" },
      properties: { operator: { type: "string", enum: ["All", "Any"] }, targetReplicatedJobs: names },
      ...rules(immutableRules),
    },
    failurePolicy: failurePolicy(gates),
    startupPolicy: {
      type: "object",
      required: ["startupPolicyOrder"],
      default: { startupPolicyOrder: "AnyOrder" },
      properties: { startupPolicyOrder: { type: "string", enum: ["AnyOrder", "InOrder"] } },
      ...rules(immutableRules),
    },
    suspend: boolean,
    coordinator: {
      type: "object",
      required: ["replicatedJob"],
      properties: { replicatedJob: jobName, jobIndex: { type: "integer" }, podIndex: { type: "integer" } },
    },
    managedBy: {
      type: "string",
      maxLength: 63,
      pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+$",
    },
    ttlSecondsAfterFinished: { ...integer, minimum: 0 },
    volumeClaimPolicies: { ...atomicList(volumeClaimPolicy, 50), ...rules(immutableRules) },
  },
  ...rules(specRules(gates)),
});

const condition = {
  type: "object",
  required: ["lastTransitionTime", "message", "reason", "status", "type"],
  properties: {
    type: { type: "string", maxLength: 316 },
    status: { type: "string", enum: ["True", "False", "Unknown"] },
    reason: { type: "string", minLength: 1, maxLength: 1024, pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$" },
    message: { type: "string", maxLength: 32768 },
    lastTransitionTime: { type: "string", format: "date-time" },
    observedGeneration: { type: "integer", format: "int64", minimum: 0 },
  },
};

const counts = { ready: integer, succeeded: integer, failed: integer, active: integer, suspended: integer };
const perJob = atomicList(integer, 1024);

const status = {
  type: "object",
  properties: {
    conditions: listMap("type", condition),
    restarts: integer,
    restartsCountTowardsMax: integer,
    terminalState: string,
    replicatedJobsStatus: listMap("name", {
      type: "object",
      required: ["name", ...Object.keys(counts)],
      properties: { name: string, ...counts, jobRestarts: perJob, jobRestartsCountTowardsMax: perJob },
    }),
    previousInPlaceRestartAttempt: { ...integer, minimum: 0 },
    currentInPlaceRestartAttempt: { ...integer, minimum: 0 },
  },
};

const column = (name: string, jsonPath: string, type = "string") => ({ name, type, jsonPath });

/** The definition as a controller with these feature gates needs it. */
export const jobSetCrd = (gates: JobSetGates = {}) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "jobsets.jobset.x-k8s.io" },
  spec: {
    group: "jobset.x-k8s.io",
    scope: "Namespaced",
    names: { kind: "JobSet", listKind: "JobSetList", plural: "jobsets", singular: "jobset" },
    versions: [
      {
        name: "v1alpha2",
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          column("TerminalState", ".status.terminalState"),
          column("Restarts", ".status.restarts"),
          column("Completed", '.status.conditions[?(@.type=="Completed")].status'),
          column("Suspended", ".spec.suspend"),
          column("Age", ".metadata.creationTimestamp", "date"),
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { apiVersion: string, kind: string, metadata: { type: "object" }, spec: spec(gates), status },
            ...rules(objectRules(gates)),
          },
        },
      },
    ],
  },
});

export const crd = jobSetCrd();
