/**
 * A kuberay manifest as a RayJob that KubeRay's own operator would run just the same. Pure.
 * The operator adds `--head`, `--address` and `--block`, the wait for the head, and the job's submission.
 */
import { containerNames } from "../../api/containers.ts";
import type { Container, ContainerPort, Probe } from "../../api/core/pod.ts";
import { ports } from "../../api/ray/labels.ts";
import type { RayJob, WorkerGroupSpec } from "../../api/ray/types.ts";
import { defaultRayVersion, isAtLeast } from "../../api/ray/versions.ts";
import type { WorkloadContext } from "./workload-context.ts";
import { toEntrypoint } from "./entrypoint.ts";
import { type Manifest, type PodGroup, rayTypesOf, type WorkerGroup } from "../model/manifest.ts";
import { podTemplate } from "./pod-template.ts";
import { rayStartParams } from "./ray-start-params.ts";
import { submitterTemplate } from "./submitter.ts";
import { deadlineOf } from "../model/timeout.ts";
import { machinesOf } from "../model/topology.ts";

const jupyterPort = 8888;
const jupyterSeconds = 12 * 3600;

const headPorts: readonly ContainerPort[] = [
  { name: "gcs-server", containerPort: ports.gcs },
  { name: "dashboard", containerPort: ports.dashboard },
  { name: "client", containerPort: ports.client },
  { name: "metrics", containerPort: ports.metrics },
  { name: "serve", containerPort: ports.serve },
];

/** The `jupyter` program, when it runs instead of the command. */
function jupyterProgram({ spec }: Manifest): string | undefined {
  const jupyter = spec.debug?.jupyter;
  if (jupyter === true) return "jupyter";
  return jupyter && jupyter.enabled ? (jupyter.path ?? "jupyter") : undefined;
}

/** Ray asked every second instead of every five, so that the job starts when the cluster does; older Rays cannot be asked so. */
function probes(
  rayVersion: string,
  params: Readonly<Record<string, string>>,
  timeoutSeconds: number,
): Pick<Container, "readinessProbe" | "livenessProbe"> {
  if (!isAtLeast(rayVersion, 2, 53)) return {};
  const port = Number(params["dashboard-agent-listen-port"] ?? ports.agent);
  const probe: Probe = { httpGet: { path: "/api/healthz", port }, timeoutSeconds };
  return {
    readinessProbe: { ...probe, initialDelaySeconds: 1, periodSeconds: 1, failureThreshold: 10 },
    livenessProbe: { ...probe, initialDelaySeconds: 30, periodSeconds: 5, failureThreshold: 120 },
  };
}

interface Conversion {
  readonly manifest: Manifest;
  readonly context: WorkloadContext;
  readonly rayVersion: string;
}

function headGroup({ manifest, context, rayVersion }: Conversion, group: PodGroup) {
  const params = rayStartParams("head", group);
  const jupyter = jupyterProgram(manifest) ? [{ name: "jupyter", containerPort: jupyterPort }] : [];
  const container = { name: containerNames.head, ports: [...headPorts, ...jupyter], ...probes(rayVersion, params, 5) };
  return { rayStartParams: params, template: podTemplate({ manifest, context, group, container, tensorboard: true }) };
}

function workerGroup({ manifest, context, rayVersion }: Conversion, group: WorkerGroup): WorkerGroupSpec {
  const params = rayStartParams(group.name, group);
  const { count = 0, resources } = group;
  const { tpu } = resources.accelerators ?? {};
  const hosts = tpu ? (machinesOf(tpu.topology, tpu.tpuChipsCount) ?? 1) : 1;
  const container = {
    name: containerNames.worker,
    ports: [{ name: "metrics", containerPort: ports.metrics }],
    ...probes(rayVersion, params, 2),
  };
  return {
    groupName: group.name,
    replicas: count,
    minReplicas: count,
    maxReplicas: Math.max(count, 1),
    ...(hosts > 1 && { numOfHosts: hosts }),
    rayStartParams: params,
    template: podTemplate({ manifest, context, group, container }),
  };
}

/** What is submitted: the command, or Jupyter in its place. */
export function rayCommandOf(manifest: Manifest): string {
  const program = jupyterProgram(manifest);
  return program
    ? `${program} notebook --ip=0.0.0.0 --port=${jupyterPort} --no-browser --allow-root`
    : manifest.spec.command;
}

function deadline(manifest: Manifest): number | undefined {
  const seconds = deadlineOf(manifest.spec);
  return jupyterProgram(manifest) ? Math.min(seconds ?? jupyterSeconds, jupyterSeconds) : seconds;
}

export function toRayJob(manifest: Manifest, context: WorkloadContext): RayJob {
  const { rayVersion = defaultRayVersion, restartPolicy } = manifest.spec;
  const { Head, Workers } = rayTypesOf(manifest);
  const conversion = { manifest, context, rayVersion };
  const seconds = deadline(manifest);
  const command = rayCommandOf(manifest);
  return {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata: {
      name: context.name,
      ...(context.namespace && { namespace: context.namespace }),
      labels: context.labels,
    },
    spec: {
      entrypoint: toEntrypoint(command),
      submissionMode: "K8sJobMode",
      shutdownAfterJobFinishes: true,
      ...(seconds !== undefined && { activeDeadlineSeconds: seconds }),
      ...(restartPolicy?.backoffLimit !== undefined && { backoffLimit: restartPolicy.backoffLimit }),
      // A submitter started again after a failed job would wait for ever for a cluster that is gone.
      submitterConfig: { backoffLimit: 0 },
      submitterPodTemplate: submitterTemplate(manifest, context, command),
      rayClusterSpec: {
        rayVersion,
        headGroupSpec: headGroup(conversion, Head),
        workerGroupSpecs: Workers.map((group) => workerGroup(conversion, group)),
      },
    },
  };
}
