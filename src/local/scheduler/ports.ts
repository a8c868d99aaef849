/** Host ports: which a pod takes on a node, and which pod holds one already. Pure. */
import type { ContainerPort, Pod } from "../../api/core/pod.ts";
import { type NodeState, sharesNetwork } from "./node.ts";

interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

export interface PortClash {
  readonly port: number;
  readonly holder: string;
}

function hostPorts(pod: Pod, shared: boolean): readonly HostPort[] {
  const all = [...(pod.spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always"), ...pod.spec.containers];
  const isHost = shared || pod.spec.hostNetwork === true;
  const portOf = (port: ContainerPort) => port.hostPort ?? (isHost ? port.containerPort : 0);
  return all
    .flatMap((container) => container.ports ?? [])
    .filter((port) => portOf(port) > 0)
    .map((port) => ({ ip: port.hostIP || "0.0.0.0", protocol: port.protocol ?? "TCP", port: portOf(port) }));
}

const clashes = (one: HostPort, other: HostPort): boolean =>
  one.port === other.port &&
  one.protocol === other.protocol &&
  (one.ip === other.ip || one.ip === "0.0.0.0" || other.ip === "0.0.0.0");

export function findPortClash(pod: Pod, state: NodeState): PortClash | undefined {
  const shared = sharesNetwork(state.node);
  const wanted = hostPorts(pod, shared);
  if (wanted.length === 0) return undefined;
  for (const other of state.pods) {
    const taken = hostPorts(other, shared);
    const port = wanted.find((one) => taken.some((held) => clashes(one, held)));
    if (port) return { port: port.port, holder: other.metadata.name ?? "" };
  }
  return undefined;
}
