/** Keeps a claim that is being deleted until no pod uses it: its data would vanish under a running program. */
import { claimProtection } from "../../../api/core/claim.ts";
import { PersistentVolumeClaim as ClaimKind, Pod as PodKind } from "../../../api/core/kinds.ts";
import type { Pod } from "../../../api/core/pod.ts";
import type { KubeObject } from "../../../meta/object.ts";
import type { ControllerSpec, Reader } from "../../../runtime/spec.ts";
import { release, type Steps } from "../../../runtime/steps.ts";

const claimsOf = ({ spec }: Pod): readonly string[] =>
  (spec.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) => (claim ? [claim.claimName] : []));

/** A pod that has ended, or was never given a node, has nothing mounted. */
const isMounting = ({ spec, status }: Pod): boolean =>
  spec.nodeName !== undefined && status?.phase !== "Succeeded" && status?.phase !== "Failed";

export interface ClaimUse {
  /** Of the claim's namespace; only once the claim is being deleted. */
  readonly pods: readonly Pod[];
}

export function planProtection({ metadata }: KubeObject, { pods }: ClaimUse): Steps {
  const isUsed = pods.some((pod) => isMounting(pod) && claimsOf(pod).includes(metadata.name ?? ""));
  return isUsed ? [] : [release];
}

const observe = ({ metadata }: KubeObject, cache: Reader): ClaimUse => ({
  pods: metadata.deletionTimestamp ? cache.list<Pod>(PodKind, { namespace: metadata.namespace }) : [],
});

export const pvcProtectionController: ControllerSpec<KubeObject, ClaimUse, never> = {
  name: "pvc-protection",
  root: ClaimKind,
  owns: [],
  watches: [
    {
      kind: PodKind,
      map: (pod) => claimsOf(pod as Pod).map((name) => ({ namespace: pod.metadata.namespace, name })),
    },
  ],
  finalizer: { name: claimProtection },
  observe,
  plan: () => [],
  planDeletion: planProtection,
};
