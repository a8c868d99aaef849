/** Which other pods an init container waits for, by name. Pure. */
import { containerNames } from "../../api/containers.ts";
import type { Pod } from "../../api/core/pod.ts";
import { isPodReady } from "../../api/core/pod.ts";
import { jobSetNameLabel } from "../../api/jobset/labels.ts";
import { labels } from "../../api/ray/labels.ts";
import { formatNames } from "../display/name-list.ts";

const labelOf = (pod: Pod, label: string) => pod.metadata.labels?.[label];

function head(pod: Pod, pods: readonly Pod[]): string {
  const cluster = labelOf(pod, labels.cluster);
  const found = pods.find(
    (other) => labelOf(other, labels.nodeType) === "head" && labelOf(other, labels.cluster) === cluster,
  );
  if (!found) return "waiting for the head's GCS; the head pod does not exist yet";
  const state = isPodReady(found) ? "is ready" : "is not ready";
  return `waiting for the head's GCS; the head, pod ${found.metadata.name}, ${state}`;
}

/** A rank is at the barrier once its init container has been started. */
const hasArrived = ({ status }: Pod): boolean =>
  status?.initContainerStatuses?.some(
    ({ name, state }) => name === containerNames.waitForRanks && state?.waiting === undefined,
  ) === true;

function ranks(pod: Pod, pods: readonly Pod[]): string {
  const set = labelOf(pod, jobSetNameLabel);
  const missing = pods.filter((other) => labelOf(other, jobSetNameLabel) === set && !hasArrived(other));
  if (set === undefined || missing.length === 0) return "waiting for the other ranks to start";
  return `waiting for ranks that have not started: ${formatNames(missing.map(({ metadata }) => `pod ${metadata.name}`))}`;
}

export const describePeers = { head, ranks } as const;
