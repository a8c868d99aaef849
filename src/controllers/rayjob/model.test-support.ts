/** A RayJob in each of its states with the world around it, for tables of what a reconcile does. */
import type { Job } from "../../api/batch/job.ts";
import type { ContainerState, Pod } from "../../api/core/pod.ts";
import { makeClusterSpec, makeJob } from "../../api/ray/samples.test-support.ts";
import type { RayCluster, RayClusterSpec, RayJob, RayJobSpec, RayJobStatus } from "../../api/ray/types.ts";
import type { RayJobInfo } from "../../api/ray/jobs-api.ts";
import type { Outcome } from "../../runtime/action.ts";
import { type RayOperatorOptions, rayOperatorOptions } from "../raycluster/options.ts";
import { desiredHeadService } from "../raycluster/children/services.ts";
import { checkedPlan } from "../../testing/checked-plan.ts";
import { createRayJobController } from "./controller.ts";
import type { InfoQuestion } from "./actions.ts";
import type { World } from "./observe.ts";
import { planRayJob } from "./plan.ts";

export const options = rayOperatorOptions("test", {});

const silentRay = () => {
  throw new Error("plans ask nobody");
};
export const spec = createRayJobController({ options, ray: silentRay });

export const start = "2026-01-01T00:00:00Z";
/** Seconds after the start. */
export const at = (seconds: number): Date => new Date(Date.parse(start) + seconds * 1000);
export const time = (seconds: number): string => `${at(seconds).toISOString().slice(0, 19)}Z`;

export const clusterName = "sample-bbbbb";
export const dashboardURL = "sample-bbbbb-head-svc.default.svc.cluster.local:8265";
const begun = {
  jobId: "sample-ccccc",
  rayClusterName: clusterName,
  startTime: start,
  succeeded: 0,
  failed: 0,
} as const;
export const initializing: RayJobStatus = { ...begun, jobStatus: "", jobDeploymentStatus: "Initializing" };
export const running: RayJobStatus = { ...begun, dashboardURL, jobStatus: "RUNNING", jobDeploymentStatus: "Running" };
export const ended: RayJobStatus = {
  ...running,
  jobStatus: "SUCCEEDED",
  jobDeploymentStatus: "Complete",
  endTime: start,
  succeeded: 1,
};

export function makeWorldCluster(
  status: RayCluster["status"] = { state: "ready" },
  spec: RayClusterSpec = makeClusterSpec(),
): RayCluster {
  const metadata = { name: clusterName, namespace: "default", uid: "cluster-uid" };
  return { apiVersion: "ray.io/v1", kind: "RayCluster", metadata, spec, status };
}

export function up(spec: RayClusterSpec = makeClusterSpec()): Partial<World> {
  const cluster = makeWorldCluster({ state: "ready" }, spec);
  return { cluster, headService: desiredHeadService(cluster, options), submitter: submitter() };
}

/** The submitter Job, ended at `seconds` when given. */
export function submitter(type?: "Complete" | "Failed", seconds = 60): Job {
  const lastTransitionTime = time(seconds);
  const end = type && {
    type,
    status: "True" as const,
    reason: "BackoffLimitExceeded",
    message: "3 of 3",
    lastTransitionTime,
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "sample", namespace: "default", uid: "submitter-uid" },
    spec: { template: { spec: { containers: [] } } },
    status: { conditions: end ? [end] : [] },
  };
}

export function headWith(state: ContainerState): Pod {
  const status = { name: "ray-job-submitter", image: "", imageID: "", ready: false, restartCount: 0, state };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "head", namespace: "default" },
    spec: { containers: [{ name: "ray-head" }, { name: "ray-job-submitter" }] },
    status: { containerStatuses: [status] },
  };
}

export interface Scene {
  readonly spec?: Partial<RayJobSpec>;
  readonly status?: RayJobStatus;
  readonly world?: Partial<World>;
  /** Seconds after the start; 61 when absent. */
  readonly seconds?: number;
  /** When the machine slept, in seconds after the start. */
  readonly slept?: readonly [from: number, to: number];
  /** What Ray answers to whatever this reconcile asks: an info, undefined for 404, an error for silence. */
  readonly ray?: { readonly info?: RayJobInfo } | { readonly error: string };
}

export function jobOf({ spec, status, slept }: Scene): RayJob {
  const job = makeJob(spec, status);
  if (!slept) return job;
  const annotations = { "windlass.dev/slept": slept.map(time).join("/") };
  return { ...job, metadata: { ...job.metadata, annotations } };
}

/** One reconcile; when Ray is to answer, the reconcile after the answer. */
export function reconcile(scene: Scene, more: Partial<RayOperatorOptions> = {}) {
  const job = jobOf(scene);
  const now = at(scene.seconds ?? 61);
  const world: World = { failures: [], ...scene.world };
  const plan = (seen: World) => checkedPlan(spec, planRayJob, job, seen, now, { ...options, ...more });
  const first = plan(world);
  const ask = first.actions?.find(({ action }) => action === "job-info");
  if (!scene.ray || !ask) return first;
  const outcome: Outcome<RayJobInfo | undefined> =
    "error" in scene.ray ? { ok: false, error: scene.ray.error } : { ok: true, value: scene.ray.info };
  return plan({ ...world, info: { question: ask.question as InfoQuestion, at: now, outcome } });
}

/** What a state does that has nothing to do. */
export const nothing = { apply: [], remove: [], events: [] };

export const selector = { clusterSelector: { "ray.io/cluster": clusterName } };
export const replicaFailure = {
  type: "ReplicaFailure",
  status: "True",
  reason: "FailedCreateHeadPod",
  message: "no more pods",
  lastTransitionTime: start,
} as const;
/** What a reconcile changes in the status. */
export const changes = (scene: Scene): Partial<RayJobStatus> => {
  const { status = {} } = reconcile(scene);
  const before: RayJobStatus = scene.status ?? {};
  const keys = new Set([...Object.keys(status), ...Object.keys(before)]) as Set<keyof RayJobStatus>;
  const differ = [...keys].filter((key) => JSON.stringify(status[key]) !== JSON.stringify(before[key]));
  return Object.fromEntries(differ.map((key) => [key, status[key]]));
};
