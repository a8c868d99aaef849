/** The submitter: the Job whose pod runs `ray job submit` and shows the job's log. Pure. */
import { containerNames } from "../../api/containers.ts";
import type { Job } from "../../api/batch/job.ts";
import { Job as JobKind } from "../../api/core/kinds.ts";
import type { Container, EnvVar, PodTemplateSpec } from "../../api/core/pod.ts";
import { createdBy, labels, ports } from "../../api/ray/labels.ts";
import { RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { RayCluster, RayClusterSpec, RayJob } from "../../api/ray/types.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { authEnv } from "../raycluster/pod-template/env.ts";
import { create, remove, type Step, type Steps } from "../../runtime/steps.ts";
import { submitterJob } from "./events.ts";
import { submitCommand } from "./submit-command.ts";
import { modeOf, type PlanInput } from "./transition.ts";

const defaultBackoffLimit = 2;

function defaultTemplate(cluster: RayClusterSpec | undefined): PodTemplateSpec {
  const image = cluster?.headGroupSpec.template.spec.containers[0]?.image ?? "";
  const resources = { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m", memory: "200Mi" } };
  return { spec: { containers: [{ name: containerNames.submitter, image, resources }], restartPolicy: "Never" } };
}

function withCommand(container: Container, job: RayJob, command: string, options: RayOperatorOptions): Container {
  const given = container.command?.length && job.spec.submissionMode !== "SidecarMode";
  return given
    ? container
    : { ...container, command: ["/bin/bash", options.loginShell ? "-cel" : "-ce", "--"], args: [command] };
}

function submitterEnv(dashboardUrl: string, jobId: string): readonly EnvVar[] {
  return [
    { name: "PYTHONUNBUFFERED", value: "1" },
    { name: "RAY_DASHBOARD_ADDRESS", value: dashboardUrl },
    { name: "RAY_JOB_SUBMISSION_ID", value: jobId },
  ];
}

export interface SubmitterInput {
  readonly job: RayJob;
  readonly options: RayOperatorOptions;
  readonly jobId: string;
  readonly clusterName: string;
  readonly clusterSpec?: RayClusterSpec;
  readonly dashboardUrl: string;
}

const originLabels = (job: RayJob) => ({
  [labels.originatedFromName]: job.metadata.name ?? "",
  [labels.originatedFromKind]: "RayJob",
});

export function desiredSubmitter({ job, options, jobId, clusterName, clusterSpec, dashboardUrl }: SubmitterInput): Job {
  const { metadata, spec } = job;
  const template = spec.submitterPodTemplate ?? defaultTemplate(clusterSpec);
  const [first, ...others] = template.spec.containers as readonly [Container, ...Container[]];
  const container = withCommand(first, job, submitCommand(job, { jobId, dashboardUrl }), options);
  const auth = clusterSpec
    ? authEnv({ apiVersion: "ray.io/v1", kind: "RayCluster", metadata: { name: clusterName }, spec: clusterSpec })
    : [];
  const env = [...(container.env ?? []), ...submitterEnv(dashboardUrl, jobId), ...auth];
  const marks = { ...originLabels(job), [labels.createdBy]: createdBy };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      labels: marks,
      ownerReferences: [ownerReference(RayJobKind, job)],
    },
    spec: {
      backoffLimit: spec.submitterConfig?.backoffLimit ?? defaultBackoffLimit,
      template: {
        ...template,
        metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...marks } },
        spec: { ...template.spec, containers: [{ ...container, env }, ...others] },
      },
    },
  };
}

/** SidecarMode: the submitter as a container of the head. */
export function sidecarContainer(job: RayJob, cluster: RayCluster, options: RayOperatorOptions): Container {
  const jobId = job.status?.jobId ?? "";
  const auth = authEnv(cluster);
  const head = cluster.spec.headGroupSpec.template.spec.containers[0];
  const port = head?.ports?.find(({ name }) => name === "dashboard")?.containerPort ?? ports.dashboard;
  const [base] = defaultTemplate(cluster.spec).spec.containers as readonly [Container];
  const command = submitCommand(job, { jobId, dashboardUrl: `127.0.0.1:${port}` });
  return { ...withCommand(base, job, command, options), env: [...submitterEnv("", jobId), ...auth] };
}

export function createSubmitter({ job, world, options }: PlanInput, dashboardUrl: string): Step {
  const target = desiredSubmitter({
    job,
    options,
    jobId: job.status?.jobId ?? "",
    clusterName: world.cluster?.metadata.name ?? "",
    clusterSpec: world.cluster?.spec,
    dashboardUrl,
  });
  return create(JobKind, target, { as: submitterJob });
}

/** Somebody deleted the Job. Another finds the job submitted already, and follows it to its end. */
export function replaceSubmitter(input: PlanInput): Steps {
  const { job, world } = input;
  const { dashboardURL } = job.status ?? {};
  const isLost = modeOf(job) === "K8sJobMode" && !world.submitter && world.cluster !== undefined;
  return isLost && dashboardURL ? [createSubmitter(input, dashboardURL)] : [];
}

export const removeSubmitter = (submitter: Job): Step =>
  remove(JobKind, submitter, { as: submitterJob, propagationPolicy: "Background" });
