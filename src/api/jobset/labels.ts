/** Labels, annotations, taints and reserved names of JobSet: a public interface that schedulers, webhooks and users' pods read. */

const prefix = "jobset.sigs.k8s.io";
const alpha = "alpha.jobset.sigs.k8s.io";

export const jobSetNameLabel = `${prefix}/jobset-name`;
export const jobSetUidLabel = `${prefix}/jobset-uid`;
export const replicatedJobNameLabel = `${prefix}/replicatedjob-name`;
export const replicatedJobReplicasLabel = `${prefix}/replicatedjob-replicas`;
/** Replicas of all replicated jobs together. */
export const globalReplicasLabel = `${prefix}/global-replicas`;
/** Index within the replicated job. */
export const jobIndexLabel = `${prefix}/job-index`;
/** Index over all replicated jobs, in the order of the spec. */
export const jobGlobalIndexLabel = `${prefix}/job-global-index`;
/** SHA-1 of `namespace/jobName`: unique in the cluster. */
export const jobKeyLabel = `${prefix}/job-key`;
/** `status.restarts` when the Job was built: a lower one than the status has means the Job is to go. */
export const restartAttemptLabel = `${prefix}/restart-attempt`;
export const jobRestartAttemptLabel = `${prefix}/job-restart-attempt`;
export const groupNameLabel = `${prefix}/group-name`;
export const groupReplicasLabel = `${prefix}/group-replicas`;
export const jobGroupIndexLabel = `${prefix}/job-group-index`;
export const coordinatorLabel = `${prefix}/coordinator`;
/** Pods only: the pod's priority as a decimal. */
export const priorityLabel = `${prefix}/priority`;
/** Pod annotation of the in-place restart agent. */
export const inPlaceRestartAttemptAnnotation = `${prefix}/in-place-restart-attempt`;

/** Annotation, on the JobSet or a Job template: node label whose values are the domains, one Job each. */
export const exclusiveTopologyAnnotation = `${alpha}/exclusive-topology`;
/** Annotation: nodes are labelled and tainted ahead of time instead of pods repelling each other. */
export const nodeSelectorAnnotation = `${alpha}/node-selector`;
/** Node label of that strategy, `namespace_jobName`. */
export const namespacedJobNodeLabel = `${alpha}/namespaced-job`;
export const noScheduleTaint = `${alpha}/no-schedule`;

/** `spec.managedBy` of the JobSets that this controller takes care of, besides those without one. */
export const jobSetManager = `${prefix}/jobset-controller`;
