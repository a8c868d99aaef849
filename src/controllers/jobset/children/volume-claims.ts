/** One PersistentVolumeClaim per template of volumeClaimPolicies, shared by the pods that mount it. Never changed or deleted. Pure. */
import { PersistentVolumeClaim } from "../../../api/core/kinds.ts";
import type { PodSpec, Volume } from "../../../api/core/pod.ts";
import { JobSet as JobSetKind } from "../../../api/jobset/kinds.ts";
import { jobSetNameLabel } from "../../../api/jobset/labels.ts";
import { claimNameOf } from "../../../api/jobset/names.ts";
import type { JobSet, VolumeClaimTemplate } from "../../../api/jobset/types.ts";
import type { KubeObject } from "../../../meta/object.ts";
import { ownerReference } from "../../../machinery/owner-refs.ts";
import { create, type Steps } from "../../../runtime/steps.ts";
import { claimNoun } from "../events.ts";
import type { View } from "../view.ts";

/** A claim that goes with its JobSet is owned by it; one to be retained is nobody's. */
function desiredClaim(
  jobSet: JobSet,
  template: VolumeClaimTemplate,
  whenDeleted: "Delete" | "Retain",
): KubeObject & { readonly spec: unknown } {
  const { namespace, name = "" } = jobSet.metadata;
  const { labels, annotations, name: templateName = "" } = template.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: claimNameOf(name, templateName),
      namespace,
      labels: { ...labels, [jobSetNameLabel]: name },
      ...(annotations && { annotations }),
      ...(whenDeleted === "Delete" && { ownerReferences: [ownerReference(JobSetKind, jobSet)] }),
    },
    spec: template.spec ?? {},
  };
}

export function planClaims({ jobSet, spec, world }: View): Steps {
  return (spec.volumeClaimPolicies ?? [])
    .flatMap(({ templates = [], retentionPolicy }) =>
      templates.map((template) => desiredClaim(jobSet, template, retentionPolicy?.whenDeleted ?? "Delete")),
    )
    .filter(({ metadata }) => !world.claims.includes(metadata.name ?? ""))
    .map((claim) => create(PersistentVolumeClaim, claim, { as: claimNoun, accepts: "any" }));
}

/** Volumes for those claims that a container of the pod mounts by the template's name. */
export function claimVolumes(jobSet: JobSet, pod: PodSpec): readonly Volume[] {
  const mounted = new Set(
    [...pod.containers, ...(pod.initContainers ?? [])].flatMap(({ volumeMounts = [] }) =>
      volumeMounts.map(({ name }) => name),
    ),
  );
  return (jobSet.spec?.volumeClaimPolicies ?? [])
    .flatMap(({ templates = [] }) => templates.map(({ metadata }) => metadata?.name ?? ""))
    .filter((name) => mounted.has(name))
    .map((name) => ({ name, persistentVolumeClaim: { claimName: claimNameOf(jobSet.metadata.name ?? "", name) } }));
}
