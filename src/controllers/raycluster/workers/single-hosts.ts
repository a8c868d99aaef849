/** A worker group whose replicas are one pod each: what to create and delete in it. Pure. */
import { isPodReady, type Pod } from "../../../api/core/pod.ts";
import type { Steps } from "../../../runtime/steps.ts";
import { desiredReplicas, freeIndices, hostsOf, isTerminating, podsOfGroup, unhealthyReason } from "../pod-state.ts";
import { createWorker, type GroupInput, type GroupSteps, mayShrink, removeWorker } from "./worker.ts";

const removeSick = (pods: readonly Pod[]): Steps =>
  pods.flatMap((pod) => {
    const reason = unhealthyReason(pod);
    return reason && !isTerminating(pod) ? [removeWorker(pod, `Deleted worker Pod {object}; ${reason}`)] : [];
  });

/** Pods that are not ready yet have the least to lose. */
function surplus(pods: readonly Pod[], wanted: number): readonly Pod[] {
  const staying = pods.filter((pod) => !isTerminating(pod));
  const sorted = staying.toSorted((a, b) => Number(isPodReady(a)) - Number(isPodReady(b)));
  return sorted.slice(0, Math.max(0, staying.length - wanted));
}

export function planSingleHosts(input: GroupInput): GroupSteps {
  const { context, group, pods } = input;
  const all = podsOfGroup(pods, group.groupName);
  const sick = removeSick(all);
  if (sick.length > 0) return { steps: sick, stops: true };
  const listed = new Set(group.scaleStrategy?.workersToDelete ?? []);
  const isListed = ({ metadata }: Pod) => listed.has(metadata.name ?? "");
  const chosen = pods
    .filter((pod) => isListed(pod) && !isTerminating(pod))
    .map((pod) => removeWorker(pod, "Deleted pod {object}"));
  const rest = all.filter((pod) => !isListed(pod));
  const wanted = desiredReplicas(group) * hostsOf(group);
  const missing = wanted - rest.length;
  if (missing > 0) {
    const made = freeIndices(all, missing).map((index) => createWorker(input, { index }));
    return { steps: [...chosen, ...made], stops: false };
  }
  if (missing === 0 || !mayShrink(context)) return { steps: chosen, stops: false };
  return { steps: [...chosen, ...surplus(rest, wanted).map((pod) => removeWorker(pod))], stops: false };
}
