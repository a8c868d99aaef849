/**
 * Builds a pod of a Job. Pure, and the name is derived, not drawn: a reconcile repeated after a crash or on an old
 * cache asks for the same pod again and gets AlreadyExists instead of a duplicate.
 */
import type { Job } from "../../../api/batch/job.ts";
import { Job as JobKind } from "../../../api/core/kinds.ts";
import type { Container, EnvVar, Pod } from "../../../api/core/pod.ts";
import { ownerReference } from "../../../machinery/owner-refs.ts";
import { failureCountKey, ignoredFailureCountKey, indexKey, trackingFinalizer } from "./pods.ts";

export interface PodIdentity {
  /** Completion index; absent for NonIndexed Jobs. */
  readonly index?: number;
  /** Which pod of the Job (of the index) this is: makes the name. */
  readonly ordinal: number;
  /** With a back-off limit per index: earlier failures of the index, counted and ignored. */
  readonly failures?: { readonly counted: number; readonly ignored: number };
}

const alphabet = "bcdfghjklmnpqrstvwxz2456789";
/** What is left of 63 characters for the part before the suffix. */
const longestPrefix = 58;

/** `<job>-[<index>-]<5 characters>`, the form of the API server's own generated names. */
export function podName(job: Job, identity: PodIdentity): string {
  const { name = "", uid = "" } = job.metadata;
  const tail = identity.index === undefined ? "-" : `-${identity.index}-`;
  const prefix = name.slice(0, longestPrefix - tail.length) + tail;
  let hash = 0xcbf29ce484222325n;
  for (const char of `${uid}/${identity.index ?? ""}/${identity.ordinal}`) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(char.charCodeAt(0))) * 0x100000001b3n);
  }
  hash ^= hash >> 29n;
  return prefix + Array.from({ length: 5 }, (_, at) => alphabet[Number((hash >> BigInt(at * 9)) % 27n)]).join("");
}

/** Labels that the Job controller puts on every pod, by their present and their legacy names. */
export function jobLabels(job: Job): Record<string, string> {
  const { name = "", uid = "" } = job.metadata;
  return {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  };
}

export function desiredPod(job: Job, identity: PodIdentity): Pod {
  const { metadata = {}, spec } = job.spec.template;
  const { index, failures } = identity;
  const annotations = {
    ...metadata.annotations,
    ...(index !== undefined && { [indexKey]: `${index}` }),
    ...(failures && { [failureCountKey]: `${failures.counted}` }),
    ...(failures?.ignored && { [ignoredFailureCountKey]: `${failures.ignored}` }),
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: podName(job, identity),
      ...(job.metadata.namespace !== undefined && { namespace: job.metadata.namespace }),
      labels: { ...metadata.labels, ...jobLabels(job), ...(index !== undefined && { [indexKey]: `${index}` }) },
      ...(Object.keys(annotations).length > 0 && { annotations }),
      finalizers: [...new Set([...(metadata.finalizers ?? []), trackingFinalizer])],
      ownerReferences: [ownerReference(JobKind, job)],
    },
    spec: index === undefined ? spec : indexedSpec(job, index),
  };
}

function indexedSpec(job: Job, index: number): Pod["spec"] {
  const { spec } = job.spec.template;
  return {
    ...spec,
    hostname: `${job.metadata.name}-${index}`,
    containers: spec.containers.map(withIndexVariable),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(withIndexVariable) }),
  };
}

const indexVariable: EnvVar = {
  name: "JOB_COMPLETION_INDEX",
  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${indexKey}']` } },
};

/** The user's own variable of that name wins. */
function withIndexVariable(container: Container): Container {
  if (container.env?.some((variable) => variable.name === indexVariable.name)) return container;
  return { ...container, env: [...(container.env ?? []), indexVariable] };
}
