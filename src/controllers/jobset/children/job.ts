/** The batch/v1 Jobs of a JobSet: `<jobset>-<replicatedJob>-<index>`, labelled so that pods and schedulers know their place. Pure. */
import type { Job } from "../../../api/batch/job.ts";
import type { PodSpec } from "../../../api/core/pod.ts";
import { JobSet as JobSetKind } from "../../../api/jobset/kinds.ts";
import * as labels from "../../../api/jobset/labels.ts";
import { coordinatorEndpoint, jobNameOf, subdomainOf } from "../../../api/jobset/names.ts";
import { sha1 } from "../../../machinery/sha1.ts";
import { ownerReference } from "../../../machinery/owner-refs.ts";
import { placementAnnotations, priorityOf, withPlacement } from "./placement.ts";
import type { Placed, View } from "../view.ts";
import { claimVolumes } from "./volume-claims.ts";

/** What the Job and its pods carry, as labels and again as annotations. */
export function jobLabels(view: View, placed: Placed, index: number): Readonly<Record<string, string>> {
  const { jobSet, name, spec, gates } = view;
  const { job, replicas, groupName, groupReplicas } = placed;
  const restarts = view.counts.get(job.name)?.jobRestarts?.[index] ?? 0;
  return {
    [labels.jobSetNameLabel]: name,
    [labels.jobSetUidLabel]: jobSet.metadata.uid ?? "",
    [labels.replicatedJobNameLabel]: job.name,
    [labels.replicatedJobReplicasLabel]: String(replicas),
    [labels.globalReplicasLabel]: String(view.globalReplicas),
    [labels.jobIndexLabel]: String(index),
    [labels.jobGlobalIndexLabel]: String(placed.globalOffset + index),
    [labels.jobKeyLabel]: sha1(`${jobSet.metadata.namespace ?? ""}/${jobNameOf(name, job.name, index)}`),
    [labels.restartAttemptLabel]: String(jobSet.status?.restarts ?? 0),
    ...(gates.restartJob && { [labels.jobRestartAttemptLabel]: String(restarts) }),
    [labels.groupNameLabel]: groupName,
    [labels.groupReplicasLabel]: String(groupReplicas),
    [labels.jobGroupIndexLabel]: String(placed.groupOffset + index),
    ...(spec.coordinator && { [labels.coordinatorLabel]: coordinatorEndpoint(jobSet, spec.coordinator) }),
  };
}

function desiredPodSpec(view: View, pod: PodSpec): PodSpec {
  const { jobSet, spec } = view;
  const volumes = claimVolumes(jobSet, pod);
  return {
    ...pod,
    ...(spec.network?.enableDNSHostnames && { subdomain: subdomainOf(jobSet) }),
    ...(volumes.length > 0 && { volumes: [...(pod.volumes ?? []), ...volumes] }),
  };
}

export function desiredJob(view: View, placed: Placed, index: number): Job {
  const { jobSet, name: jobSetName } = view;
  const { namespace = "" } = jobSet.metadata;
  const { metadata, spec } = placed.job.template;
  const { metadata: podMeta } = spec.template;
  const name = jobNameOf(jobSetName, placed.job.name, index);
  const own = jobLabels(view, placed, index);
  const placement = placementAnnotations(jobSet.metadata.annotations, metadata?.annotations);
  const jobAnnotations = { ...metadata?.annotations, ...own, ...placement };
  const podAnnotations = { ...podMeta?.annotations, ...own, ...placement };
  const priority = priorityOf(spec.template.spec, view.world.priorityClasses);
  const key = own[labels.jobKeyLabel] ?? "";
  const podSpec = withPlacement(desiredPodSpec(view, spec.template.spec), {
    namespace,
    name,
    key,
    priority,
    jobAnnotations,
    podAnnotations,
  });
  const podLabels = { ...podMeta?.labels, ...own, [labels.priorityLabel]: priority };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      namespace,
      labels: { ...metadata?.labels, ...own },
      annotations: jobAnnotations,
      ownerReferences: [ownerReference(JobSetKind, jobSet)],
    },
    spec: {
      ...spec,
      // Always said: the JobSet decides, whatever the template has.
      suspend: view.suspended,
      template: { metadata: { ...podMeta, labels: podLabels, annotations: podAnnotations }, spec: podSpec },
    },
  };
}
