/** One PersistentVolumeClaim per template of volumeClaimPolicies, shared by the pods that mount it. Never changed or deleted. Pure. */
import { PersistentVolumeClaim } from "../../api/core/kinds.ts";
import type { PodSpec, Volume } from "../../api/core/pod.ts";
import { JobSet as JobSetKind } from "../../api/jobset/kinds.ts";
import { jobSetNameLabel } from "../../api/jobset/labels.ts";
import { claimNameOf } from "../../api/jobset/names.ts";
import type { JobSet, VolumeClaimTemplate } from "../../api/jobset/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";
import type { Apply } from "../../runtime/plan.ts";
import type { Decision } from "./decision.ts";
import { claimCreationFailed } from "./events.ts";
import type { View } from "./view.ts";

/** A claim that goes with its JobSet is owned by it; one to be retained is nobody's. */
export function desiredClaim(
  jobSet: JobSet,
  template: VolumeClaimTemplate,
  whenDeleted: "Delete" | "Retain",
): KubeObject {
  const { namespace, name = "" } = jobSet.metadata;
  const { labels, annotations, name: templateName = "" } = template.metadata ?? {};
  const object = {
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
  return object;
}

export function planClaims({ jobSet, spec, world }: View): Decision {
  const apply = (spec.volumeClaimPolicies ?? []).flatMap(({ templates = [], retentionPolicy }) =>
    templates.map((template): Apply => {
      const target = desiredClaim(jobSet, template, retentionPolicy?.whenDeleted ?? "Delete");
      const onFailure = claimCreationFailed(target.metadata.name ?? "");
      return { kind: PersistentVolumeClaim, target, mode: "create", onFailure, failureReason: "PVCCreationFailed" };
    }),
  );
  return { apply: apply.filter(({ target }) => !world.claims.includes(target.metadata.name ?? "")) };
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
