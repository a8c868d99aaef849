/** Jobs, CronJobs and Deployments: their defaults, the labels a Job gives its pods, and what must not change. */
import type { UnknownObject } from "../../../meta/object.ts";
import { deepEqual } from "../../../machinery/deep-equal.ts";
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { Strategy } from "./registry.ts";
import { defaultTemplate, type Json } from "./pod-defaults.ts";
import { podSpecErrors } from "./pod-validation.ts";

const specOf = (object: UnknownObject): Json => (object["spec"] ?? {}) as Json;

function defaultJobSpec(spec: Json): Json {
  const single = spec["completions"] === undefined && spec["parallelism"] === undefined;
  const perIndex = spec["backoffLimitPerIndex"] !== undefined;
  return {
    ...(single && { completions: 1 }),
    parallelism: 1,
    backoffLimit: perIndex ? 2_147_483_647 : 6,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
    podReplacementPolicy: spec["podFailurePolicy"] ? "Failed" : "TerminatingOrFailed",
    ...spec,
    template: defaultTemplate(spec["template"]),
  };
}

/** Each Job selects its pods by its own uid, unless the user has taken that over. */
function selectOwnPods(object: UnknownObject): UnknownObject {
  const spec = specOf(object);
  if (spec["manualSelector"] === true) return object;
  const { uid = "", name = "" } = object.metadata;
  const template = spec["template"] as { readonly metadata?: { readonly labels?: Json } };
  const labels = {
    ...template.metadata?.labels,
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  return {
    ...object,
    spec: {
      ...spec,
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

const immutableFields = [
  "completionMode",
  "selector",
  "template",
  "podFailurePolicy",
  "backoffLimitPerIndex",
  "managedBy",
  "successPolicy",
] as const;

const countErrors = (spec: Json, field: string): FieldError[] => {
  const value = spec[field];
  if (value === undefined || (Number.isInteger(value) && (value as number) >= 0)) return [];
  return [{ type: "Invalid", field: `spec.${field}`, detail: "must be greater than or equal to 0", value }];
};

/** While a Job is suspended and has not begun, the scheduling directives of its template may change. */
function templateForComparison(spec: Json, open: boolean): unknown {
  if (!open) return spec["template"];
  const template = spec["template"] as { readonly metadata?: unknown; readonly spec: Json };
  const {
    nodeSelector: _n,
    affinity: _a,
    tolerations: _t,
    schedulingGates: _g,
    containers,
    initContainers,
    ...rest
  } = template.spec;
  const bare = (list: unknown) =>
    (list as readonly Json[] | undefined)?.map((container) => ({ ...container, resources: undefined }));
  return { spec: { ...rest, containers: bare(containers), initContainers: bare(initContainers) } };
}

function jobErrors(object: UnknownObject, old?: UnknownObject): readonly FieldError[] {
  const spec = specOf(object);
  const template = (spec["template"] as { spec?: Json }).spec ?? {};
  const errors: FieldError[] = [
    "parallelism",
    "completions",
    "backoffLimit",
    "activeDeadlineSeconds",
    "ttlSecondsAfterFinished",
  ].flatMap((field) => countErrors(spec, field));
  errors.push(...podSpecErrors(template, "spec.template.spec"));
  if (template["restartPolicy"] === "Always") {
    errors.push({
      type: "NotSupported",
      field: "spec.template.spec.restartPolicy",
      detail: 'supported values: "OnFailure", "Never"',
      value: "Always",
    });
  }
  if (spec["completionMode"] === "Indexed" && spec["completions"] === undefined) {
    errors.push({ type: "Required", field: "spec.completions", detail: "when completion mode is Indexed" });
  }
  if (!old) return errors;
  return [...errors, ...immutableErrors(spec, specOf(old), old)];
}

function immutableErrors(spec: Json, before: Json, old: UnknownObject): readonly FieldError[] {
  const status = (old["status"] ?? {}) as { startTime?: string };
  const open = before["suspend"] === true && status.startTime === undefined;
  const elastic = spec["completionMode"] === "Indexed" && spec["completions"] === spec["parallelism"];
  const changed = immutableFields.filter((field) =>
    field === "template"
      ? !deepEqual(templateForComparison(spec, open), templateForComparison(before, open))
      : !deepEqual(spec[field], before[field]),
  );
  const names = [...changed, ...(spec["completions"] !== before["completions"] && !elastic ? ["completions"] : [])];
  return names.map((field) => ({
    type: "Invalid",
    field: `spec.${field}`,
    detail: "field is immutable",
    value: spec[field],
  }));
}

export const jobStrategy: Strategy = {
  hasStatus: true,
  hasGeneration: true,
  statusKeepsMetadata: true,
  default: (object) => ({ ...object, spec: defaultJobSpec(specOf(object)) }),
  onCreate: (object) => ({ ...selectOwnPods(object), status: {} }),
  validate: jobErrors,
};

function defaultCronJob(object: UnknownObject): UnknownObject {
  const spec = specOf(object);
  const template = (spec["jobTemplate"] ?? {}) as Json;
  const jobSpec = (template["spec"] ?? {}) as Json;
  const defaults = {
    concurrencyPolicy: "Allow",
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
  };
  return {
    ...object,
    spec: {
      ...defaults,
      ...spec,
      jobTemplate: { ...template, spec: { ...jobSpec, template: defaultTemplate(jobSpec["template"]) } },
    },
  };
}

export const cronJobStrategy: Strategy = {
  hasStatus: true,
  hasGeneration: true,
  statusKeepsMetadata: true,
  default: defaultCronJob,
  validate: (object) => (specOf(object)["schedule"] ? [] : [{ type: "Required", field: "spec.schedule", detail: "" }]),
};

export const deploymentStrategy: Strategy = {
  hasStatus: true,
  hasGeneration: true,
  statusKeepsMetadata: true,
  default(object) {
    const spec = specOf(object);
    const strategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } };
    const defaults = { replicas: 1, strategy, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 };
    return { ...object, spec: { ...defaults, ...spec, template: defaultTemplate(spec["template"]) } };
  },
  validate: (object) => podSpecErrors((specOf(object)["template"] as { spec?: Json }).spec ?? {}, "spec.template.spec"),
};
