/** Jobs: the API server's defaults, generated selector and checks. Pure. */
import type { Job } from "../../../api/batch/job.ts";
import type { UnknownObject } from "../../../api/meta/object.ts";
import { deepEqual } from "../../../machinery/deep-equal.ts";
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { Rules } from "../resource.ts";
import { defaultPodSpec, validatePodSpec } from "./pod.ts";

const maxInt32 = 2_147_483_647;
const asJob = (object: UnknownObject) => object as unknown as Job;

function defaults(object: UnknownObject): UnknownObject {
  const { spec } = asJob(object);
  const { parallelism, completions, backoffLimitPerIndex, podFailurePolicy } = spec;
  return {
    ...object,
    spec: {
      parallelism: 1,
      ...(parallelism === undefined && completions === undefined && { completions: 1 }),
      backoffLimit: backoffLimitPerIndex === undefined ? 6 : maxInt32,
      completionMode: "NonIndexed",
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: podFailurePolicy ? "Failed" : "TerminatingOrFailed",
      ...spec,
      template: { ...spec.template, spec: defaultPodSpec(spec.template?.spec ?? { containers: [] }) },
    },
  };
}

/** Selector and template labels that tie pods to this very Job, unless the user manages them. */
function prepare(object: UnknownObject): UnknownObject {
  const { metadata, spec } = asJob(object);
  if (spec.manualSelector) return { ...object, status: {} };
  const uid = metadata.uid ?? "";
  const name = metadata.name ?? "";
  const { template } = spec;
  const labels = {
    ...template.metadata?.labels,
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
  const selector = spec.selector ?? { matchLabels: { "batch.kubernetes.io/controller-uid": uid } };
  return { ...object, spec: { ...spec, selector, template: { ...template, metadata: { ...template.metadata, labels } } }, status: {} };
}

function validate(object: UnknownObject): readonly FieldError[] {
  const { spec } = asJob(object);
  const found = [...validatePodSpec(spec.template?.spec, "spec.template.spec")];
  for (const name of ["parallelism", "completions", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished"] as const) {
    const value = spec[name];
    if (value !== undefined && (!Number.isInteger(value) || value < 0)) {
      found.push({ type: "Invalid", field: `spec.${name}`, detail: "must be greater than or equal to 0", value });
    }
  }
  if (spec.completionMode === "Indexed" && spec.completions === undefined) {
    found.push({ type: "Required", field: "spec.completions", detail: "when completion mode is Indexed" });
  }
  const { restartPolicy } = spec.template?.spec ?? {};
  if (restartPolicy === "Always" || restartPolicy === undefined) {
    const detail = 'supported values: "OnFailure", "Never"';
    found.push({ type: "NotSupported", field: "spec.template.spec.restartPolicy", detail, value: restartPolicy ?? "" });
  }
  if (spec.podFailurePolicy && restartPolicy !== "Never") {
    found.push({ type: "Invalid", field: "spec.template.spec.restartPolicy", detail: "only \"Never\" is supported when podFailurePolicy is specified", value: restartPolicy });
  }
  return found;
}

/** A suspended Job that has not started may still have its pods' scheduling directives changed. */
function fixedTemplate(job: Job): unknown {
  const { template } = job.spec;
  const { nodeSelector: _, tolerations: __, affinity: ___, schedulingGates: ____, ...spec } = template.spec;
  const { annotations: _____, labels: ______, ...metadata } = template.metadata ?? {};
  return { metadata, spec };
}

function validateUpdate(object: UnknownObject, before: UnknownObject): readonly FieldError[] {
  const job = asJob(object);
  const old = asJob(before);
  const found: FieldError[] = [];
  const fixed = (field: string, a: unknown, b: unknown) => {
    if (!deepEqual(a, b)) found.push({ type: "Invalid", field, detail: "field is immutable", value: a });
  };
  // Elastic Indexed Jobs: both may move together.
  const elastic = job.spec.completionMode === "Indexed" && job.spec.parallelism === job.spec.completions;
  if (!elastic) fixed("spec.completions", job.spec.completions, old.spec.completions);
  fixed("spec.selector", job.spec.selector, old.spec.selector);
  fixed("spec.completionMode", job.spec.completionMode, old.spec.completionMode);
  fixed("spec.podFailurePolicy", job.spec.podFailurePolicy, old.spec.podFailurePolicy);
  fixed("spec.backoffLimitPerIndex", job.spec.backoffLimitPerIndex, old.spec.backoffLimitPerIndex);
  fixed("spec.managedBy", job.spec.managedBy, old.spec.managedBy);
  const open = old.spec.suspend === true && old.status?.startTime === undefined;
  if (open) fixed("spec.template", fixedTemplate(job), fixedTemplate(old));
  else fixed("spec.template", job.spec.template, old.spec.template);
  return found;
}

export const jobRules: Rules = { defaults, prepare, validate, validateUpdate };
