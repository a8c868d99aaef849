/** What the tests of why look at: pods, nodes, events and experiments as clusters show them, each of a few words. */
import type { ContainerStatus, Pod, PodStatus, ResourceList } from "../../api/core/pod.ts";
import type { Experiment, ExperimentStatus } from "../../api/experiment/types.ts";
import type { CoreEvent } from "../experiments/find.ts";
import type { Subject } from "./explain.ts";
import type { NodeLike } from "./explain-schedule.ts";

export const makePod = (
  name: string,
  status: PodStatus,
  metadata: Partial<Pod["metadata"]> = {},
  spec: Partial<Pod["spec"]> = {},
): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, ...metadata },
  spec: { containers: [{ name: "c", resources: { requests: { cpu: "1500m", memory: "2Gi" } } }], ...spec },
  status,
});

export const makeContainer = (more: Partial<ContainerStatus>, name = "c"): ContainerStatus => ({
  name,
  image: "i",
  imageID: "",
  ready: false,
  restartCount: 0,
  ...more,
});

export const makeNode = (allocatable: ResourceList): NodeLike => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "n" },
  status: { allocatable },
});

export const makeEvent = (reason: string, message: string, name: string, kind = "Pod"): CoreEvent => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { name: "e" },
  type: "Warning",
  reason,
  message,
  involvedObject: { kind, name },
});

export const makeExperiment = (status: ExperimentStatus): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: "x" },
  spec: { manifest: "" },
  status,
});

export const makeSubject = (more: Partial<Subject>): Subject => ({
  where: "experiment x",
  workloads: [],
  pods: [],
  events: [],
  nodes: [],
  ...more,
});

export const ready: PodStatus = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };

/** Its init container of that name runs. */
export const initializing = (name: string): PodStatus => ({
  phase: "Pending",
  initContainerStatuses: [makeContainer({ state: { running: {} } }, name)],
});

export const unschedulable = (message: string): PodStatus => ({
  phase: "Pending",
  conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
});
