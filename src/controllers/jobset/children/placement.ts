/**
 * Exclusive placement: one Job per topology domain. Without a pod webhook, every pod of the Job carries the affinity to its
 * own Job and the anti-affinity to others that the webhook would give the leader; the scheduler lets the first pod
 * match itself, so that any pod may lead, also of a NonIndexed Job. Pure.
 */
import type { Json, PodSpec, Toleration } from "../../../api/core/pod.ts";
import {
  exclusiveTopologyAnnotation,
  jobKeyLabel,
  namespacedJobNodeLabel,
  nodeSelectorAnnotation,
  noScheduleTaint,
  priorityLabel,
} from "../../../api/jobset/labels.ts";
import type { KubeObject } from "../../../meta/object.ts";

export interface PriorityClassLike extends KubeObject {
  readonly value?: number;
  readonly globalDefault?: boolean;
}

type Annotations = Readonly<Record<string, string>> | undefined;

/** The annotations that pods take over from the JobSet and, before it, from the Job template. */
export function placementAnnotations(jobSet: Annotations, template: Annotations): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const annotations of [jobSet, template]) {
    const topology = annotations?.[exclusiveTopologyAnnotation];
    if (topology === undefined) continue;
    found[exclusiveTopologyAnnotation] = topology;
    const nodeSelector = annotations?.[nodeSelectorAnnotation];
    if (nodeSelector !== undefined) found[nodeSelectorAnnotation] = nodeSelector;
  }
  return found;
}

/** The priority that admission will give the pod, as a label says it. */
export function priorityOf(pod: PodSpec, classes: readonly PriorityClassLike[]): string {
  const isOurs = ({ metadata, globalDefault }: PriorityClassLike) =>
    pod.priorityClassName ? metadata.name === pod.priorityClassName : globalDefault === true;
  return String(pod.priority ?? classes.find(isOurs)?.value ?? 0);
}

const append = (term: Json, affinity: Json | undefined): Json => {
  const key = "requiredDuringSchedulingIgnoredDuringExecution";
  const terms = affinity?.[key];
  return { ...affinity, [key]: [...(Array.isArray(terms) ? terms : []), term] };
};

const noSchedule: Toleration = { key: noScheduleTaint, operator: "Exists", effect: "NoSchedule" };

function withNodeSelector(pod: PodSpec, namespacedJob: string): PodSpec {
  return {
    ...pod,
    nodeSelector: { ...pod.nodeSelector, [namespacedJobNodeLabel]: namespacedJob },
    tolerations: [...(pod.tolerations ?? []), noSchedule],
  };
}

export interface PlacedJob {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly priority: string;
  readonly jobAnnotations: Annotations;
  readonly podAnnotations: Annotations;
}

function withExclusiveAffinity(pod: PodSpec, topologyKey: string, { key, priority }: PlacedJob): PodSpec {
  const own = { key: jobKeyLabel, operator: "In", values: [key] };
  const others = [
    { key: jobKeyLabel, operator: "Exists" },
    { key: jobKeyLabel, operator: "NotIn", values: [key] },
    { key: priorityLabel, operator: "In", values: [priority] },
  ];
  const term = (matchExpressions: readonly unknown[]): Json => ({
    labelSelector: { matchExpressions },
    topologyKey,
    namespaceSelector: {},
  });
  const affinity = pod.affinity as { readonly podAffinity?: Json; readonly podAntiAffinity?: Json } | undefined;
  return {
    ...pod,
    affinity: {
      ...affinity,
      podAffinity: append(term([own]), affinity?.podAffinity),
      podAntiAffinity: append(term(others), affinity?.podAntiAffinity),
    },
  };
}

/** The pod spec with whatever its Job's annotations ask of the scheduler. */
export function withPlacement(pod: PodSpec, job: PlacedJob): PodSpec {
  const has = (annotations: Annotations, key: string) => annotations?.[key] !== undefined;
  const labelled =
    has(job.jobAnnotations, exclusiveTopologyAnnotation) && has(job.jobAnnotations, nodeSelectorAnnotation);
  const selected = labelled ? withNodeSelector(pod, `${job.namespace}_${job.name}`) : pod;
  const topologyKey = job.podAnnotations?.[exclusiveTopologyAnnotation];
  if (topologyKey === undefined || has(job.podAnnotations, nodeSelectorAnnotation)) return selected;
  return withExclusiveAffinity(selected, topologyKey, job);
}
