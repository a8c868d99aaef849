/** A kuberay manifest as a RayJob that any KubeRay operator runs. Pure. */
import type { Container, EnvVar, PodTemplateSpec, Probe } from "../api/core/pod.ts";
import { ports } from "../api/ray/labels.ts";
import type { RayJob, StringMap, WorkerGroupSpec } from "../api/ray/types.ts";
import { isAtLeast } from "../api/ray/versions.ts";
import { rayEntrypoint } from "./command.ts";
import { type Manifest, type PodGroup, rayTypesOf } from "./model.ts";
import {
  type CompileContext,
  type CompiledWorkload,
  deadlineSeconds,
  envVars,
  podTemplate,
  sharedObjects,
} from "./pod-template.ts";
import { gpuCount, hostsPerReplica, memoryBytes } from "./resources.ts";

export const defaultRayVersion = "2.23.0";
/** Large enough never to be what a task waits for. */
const logicalAmount = 100_000;

/** The platform's defaults for every node; the operator adds `--head`, `--address` and `--block`. */
function startParams(group: PodGroup, resource: string, more: StringMap): StringMap {
  const gpus = gpuCount(group.resources);
  const given = Object.fromEntries(
    Object.entries(group.rayStartParams ?? {}).map(([key, value]) => [key, String(value)]),
  );
  return {
    resources: `'{"${resource}":${logicalAmount}}'`,
    memory: String(memoryBytes(group.resources)),
    "num-cpus": String(Math.max(1, Math.ceil(group.resources.cpus))),
    ...(gpus > 0 && { "num-gpus": String(gpus) }),
    "log-color": "true",
    "log-style": "pretty",
    "metrics-export-port": String(ports.metrics),
    "dashboard-agent-listen-port": String(ports.agent),
    ...more,
    ...given,
  };
}

/**
 * Probes that notice at once when Ray is up: the operator's own look only every 5 s, after 10 s. Older versions of Ray
 * do not report on one address; theirs are left to the operator.
 */
function quickProbes(
  rayVersion: string,
  params: StringMap,
  timeoutSeconds: number,
): Pick<Container, "readinessProbe" | "livenessProbe"> {
  if (!isAtLeast(rayVersion, 2, 53)) return {};
  const httpGet = { path: "/api/healthz", port: Number(params["dashboard-agent-listen-port"] ?? ports.agent) };
  const probe = (more: Partial<Probe>): Probe => ({ httpGet, timeoutSeconds, successThreshold: 1, ...more });
  return {
    readinessProbe: probe({ initialDelaySeconds: 1, periodSeconds: 1, failureThreshold: 10 }),
    livenessProbe: probe({ initialDelaySeconds: 30, periodSeconds: 5, failureThreshold: 120 }),
  };
}

const headPorts = [
  { containerPort: ports.gcs, name: "gcs-server" },
  { containerPort: ports.dashboard, name: "dashboard" },
  { containerPort: ports.client, name: "client" },
  { containerPort: ports.serve, name: "serve" },
] as const;

const submitterRequests = { cpu: "100m", memory: "200Mi" };

function submitterTemplate(context: CompileContext): PodTemplateSpec {
  const env: readonly EnvVar[] = envVars(context.env);
  const container: Container = {
    name: "ray-job-submitter",
    image: context.image,
    env,
    resources: { requests: submitterRequests, limits: { cpu: "1", memory: "1Gi" } },
  };
  return { metadata: { labels: context.labels }, spec: { restartPolicy: "Never", containers: [container] } };
}

export function toRayJob(manifest: Manifest, context: CompileContext): CompiledWorkload<RayJob> {
  const { spec } = manifest;
  const { Head, Workers } = rayTypesOf(manifest);
  const rayVersion = spec.rayVersion ?? defaultRayVersion;
  const headParams = startParams(Head, "head", { "include-dashboard": "true", "dashboard-host": "0.0.0.0" });
  const head = podTemplate({
    manifest,
    group: Head,
    context,
    container: { name: "ray-head", ports: headPorts, ...quickProbes(rayVersion, headParams, 5) },
  });
  const workers = Workers.map((group): WorkerGroupSpec => {
    const { name, count = 0, resources } = group;
    const params = startParams(group, name, {});
    const hosts = hostsPerReplica(resources);
    return {
      groupName: name,
      replicas: count,
      minReplicas: count,
      maxReplicas: Math.max(count, 1),
      ...(hosts > 1 && { numOfHosts: hosts }),
      rayStartParams: params,
      template: podTemplate({
        manifest,
        group,
        context,
        container: { name: "ray-worker", ...quickProbes(rayVersion, params, 2) },
      }),
    };
  });
  const deadline = deadlineSeconds(manifest);
  const backoffLimit = spec.restartPolicy?.backoffLimit;
  const workload: RayJob = {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata: { name: context.name, namespace: context.namespace, labels: context.labels },
    spec: {
      entrypoint: rayEntrypoint(manifest),
      submissionMode: "K8sJobMode",
      shutdownAfterJobFinishes: true,
      ...(deadline !== undefined && { activeDeadlineSeconds: deadline }),
      ...(backoffLimit !== undefined && { backoffLimit }),
      // A retry is a new attempt of the whole experiment, never a second submission to the same cluster.
      submitterConfig: { backoffLimit: 0 },
      submitterPodTemplate: submitterTemplate(context),
      rayClusterSpec: {
        rayVersion,
        headGroupSpec: { rayStartParams: headParams, template: head },
        workerGroupSpecs: workers,
      },
    },
  };
  return { workload, objects: sharedObjects(manifest, context) };
}

/** What the submitter takes beside the cluster. */
export const submitterDemand: Readonly<Record<string, string>> = submitterRequests;
