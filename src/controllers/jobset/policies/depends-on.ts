/** dependsOn: a replicated job waits until those it names are ready or complete. Pure. */
import type { DependsOn } from "../../../api/jobset/types.ts";
import { hasStarted } from "../jobs/counters.ts";
import type { Placed, View } from "../view.ts";

function isMet(view: View, { name, status }: DependsOn): boolean {
  const dependency = view.replicatedJobs.find(({ job }) => job.name === name);
  const counts = view.counts.get(name);
  if (!dependency || !counts) return false;
  return status === "Ready" ? hasStarted(counts, dependency.replicas) : counts.succeeded === dependency.replicas;
}

export function areDependenciesMet(view: View, { job }: Placed): boolean {
  return (job.dependsOn ?? []).every((item) => isMet(view, item));
}
