/** The two writes of a kubelet to a pod object: its status, and its removal once it has ended. A pod that is gone is no error. */
import { Pod as PodKind } from "../../api/core/kinds.ts";
import type { Pod, PodStatus } from "../../api/core/pod.ts";
import type { Client } from "../../kube/client.ts";
import { isNotFound } from "../../kube/errors.ts";
import { diffMergePatch } from "../../machinery/patch/merge.ts";

const refOf = ({ metadata: { namespace, name = "" } }: Pod) => ({ kind: PodKind, namespace, name });

async function unlessGone<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Writes what differs from the pod's status; answers the pod as written, undefined where nothing was to be written. */
export async function writePodStatus(client: Client, pod: Pod, status: PodStatus): Promise<Pod | undefined> {
  const patch = diffMergePatch(pod.status ?? {}, status) as Partial<PodStatus> | undefined;
  if (patch === undefined) return undefined;
  const body = { metadata: { uid: pod.metadata.uid }, status: patch };
  return unlessGone(client.patch<Pod>(refOf(pod), body, { type: "merge", subresource: "status" }));
}

export async function removePodObject(client: Client, pod: Pod): Promise<void> {
  const preconditions = { uid: pod.metadata.uid };
  await unlessGone(client.delete(refOf(pod), { gracePeriodSeconds: 0, preconditions }));
}
