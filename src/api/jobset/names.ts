/** Names of what a JobSet owns: all of them follow from the JobSet's own. */
import type { Coordinator, JobSet } from "./types.ts";

export function jobNameOf(jobSet: string, replicatedJob: string, index: number): string {
  return `${jobSet}-${replicatedJob}-${index}`;
}

/** Name of the headless Service, and the pods' subdomain. */
export function subdomainOf({ metadata, spec }: Pick<JobSet, "metadata" | "spec">): string {
  return spec?.network?.subdomain || (metadata.name ?? "");
}

/** Name of the claim made from a volume claim template. */
export function claimNameOf(jobSet: string, template: string): string {
  return `${template}-${jobSet}`;
}

/** Host name of the coordinator pod, within the namespace. */
export function coordinatorEndpoint(jobSet: Pick<JobSet, "metadata" | "spec">, coordinator: Coordinator): string {
  const { replicatedJob, jobIndex = 0, podIndex = 0 } = coordinator;
  return `${jobNameOf(jobSet.metadata.name ?? "", replicatedJob, jobIndex)}-${podIndex}.${subdomainOf(jobSet)}`;
}
