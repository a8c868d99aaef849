/** The Node object of this machine. Pure but for what is passed in. */
import { formatTime } from "../../meta/condition.ts";
import type { UnknownObject } from "../../meta/object.ts";
import type { Capacity } from "./capacity.ts";

export interface NodeFacts {
  readonly name: string;
  readonly ip: string;
  readonly capacity: Capacity;
  readonly network: { readonly mode: "namespaces" | "shared"; readonly reason: string };
  /** Whether pods have mounts of their own. */
  readonly mounts: boolean;
  readonly version: string;
  readonly osImage: string;
  readonly kernel: string;
  readonly architecture: string;
  /** Whether memory and CPU limits of containers are enforced, and why not. */
  readonly limits: { readonly enforced: boolean; readonly reason: string };
}

const maxPods = 500;

const amountsOf = ({ cpu, memory, ephemeralStorage, gpus }: Capacity) => ({
  cpu,
  memory,
  "ephemeral-storage": ephemeralStorage,
  pods: String(maxPods),
  ...(gpus > 0 && { "nvidia.com/gpu": String(gpus) }),
});

const nodeInfoOf = ({ version, osImage, kernel, architecture }: NodeFacts) => ({
  kubeletVersion: `v1.36.0+windlass-${version}`,
  osImage,
  kernelVersion: kernel,
  architecture,
  operatingSystem: "linux",
  containerRuntimeVersion: `process://${version}`,
  machineID: "",
  systemUUID: "",
  bootID: "",
  kubeProxyVersion: "",
});

/** Those beginning with `Windlass` are what `windlass status` shows of the node. */
function conditionsOf({ network, limits }: NodeFacts, time: string) {
  const condition = (type: string, status: boolean, reason: string, message: string) => ({
    type,
    status: status ? "True" : "False",
    reason,
    message,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  });
  const isolated = network.mode === "namespaces";
  return [
    condition("Ready", true, "KubeletReady", "the kubelet is posting ready status"),
    condition("WindlassNetwork", isolated, isolated ? "Namespaces" : "SharedNetwork", network.reason),
    condition("WindlassLimits", limits.enforced, limits.enforced ? "Enforced" : "NotEnforced", limits.reason),
  ];
}

export function desiredNode(facts: NodeFacts, now: Date): UnknownObject {
  const { name, ip, capacity, network, architecture } = facts;
  const amounts = amountsOf(capacity);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": architecture },
      annotations: { "windlass.dev/network": network.mode, "windlass.dev/mounts": String(facts.mounts) },
    },
    spec: {},
    status: {
      capacity: amounts,
      allocatable: amounts,
      addresses: [
        { type: "InternalIP", address: ip },
        { type: "Hostname", address: name },
      ],
      conditions: conditionsOf(facts, formatTime(now)),
      nodeInfo: nodeInfoOf(facts),
    },
  };
}
