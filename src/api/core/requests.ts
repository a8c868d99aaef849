/**
 * What a pod asks of a node, by Kubernetes' rule: its containers and sidecars together, or the largest init container with
 * the sidecars before it, where that is more; the pod's own resources instead, where it has them; overhead on top. Pure.
 * Source: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers
 */
import { addResources, largestResources, parseResources, type Resources } from "../../machinery/resources.ts";
import type { Container, PodSpec, ResourceList } from "./pod.ts";

/** A limit without a request is the request. */
export const containerRequests = ({ resources }: Pick<Container, "resources">): Resources =>
  parseResources({ ...resources?.limits, ...resources?.requests });

export function podRequests(spec: PodSpec): Resources {
  let running: Resources = {};
  let starting: Resources = {};
  for (const container of spec.initContainers ?? []) {
    const own = containerRequests(container);
    if (container.restartPolicy === "Always") running = addResources(running, own);
    else starting = largestResources(starting, addResources(running, own));
  }
  for (const container of spec.containers) running = addResources(running, containerRequests(container));
  const more = spec as { readonly overhead?: ResourceList; readonly resources?: Container["resources"] };
  const sum = { ...largestResources(running, starting), ...(more.resources && containerRequests(more)) };
  return addResources(sum, parseResources(more.overhead));
}
