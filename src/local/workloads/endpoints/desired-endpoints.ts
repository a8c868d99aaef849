/** What a Service resolves to: its EndpointSlices and its Endpoints, from the pods that it selects. Pure. */
import { Service as ServiceKind } from "../../../api/core/kinds.ts";
import { isPodFinished, isPodReady, type Pod } from "../../../api/core/pod.ts";
import type { EndpointSlice, EndpointSliceEndpoint, Service, ServicePort } from "../../../api/core/service.ts";
import type { KubeObject } from "../../../meta/object.ts";
import { ownerReference } from "../../../machinery/owner-refs.ts";

export const serviceLabel = "kubernetes.io/service-name";
const managedByLabel = "endpointslice.kubernetes.io/managed-by";
const manager = "endpointslice-controller.k8s.io";
const headlessLabel = "service.kubernetes.io/headless";
/** The API allows no more in one slice. */
const largestSlice = 1000;

interface ResolvedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

/** Pods with an address that have not ended, by name so that the same pods always give the same slices. */
function servingPods(pods: readonly Pod[]): readonly Pod[] {
  return pods
    .filter((pod) => pod.status?.podIP && !isPodFinished(pod))
    .sort((one, other) => ((one.metadata.name ?? "") < (other.metadata.name ?? "") ? -1 : 1));
}

/** A named target port is looked up in each pod; undefined when the pod has none of that name. */
function resolvePort(port: ServicePort, pod: Pod): ResolvedPort | undefined {
  const { name = "", protocol = "TCP", targetPort = port.port, appProtocol } = port;
  const number = typeof targetPort === "number" ? targetPort : namedPort(pod, targetPort, protocol);
  return number === undefined ? undefined : { name, port: number, protocol, ...(appProtocol && { appProtocol }) };
}

function namedPort(pod: Pod, name: string, protocol: string): number | undefined {
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const ports = containers.flatMap((container) => container.ports ?? []);
  const found = ports.find((port) => port.name === name && (port.protocol ?? "TCP") === protocol)?.containerPort;
  return found ?? (/^\d+$/.test(name) && Number(name) > 0 ? Number(name) : undefined);
}

function portsOf(service: Service, pod: Pod): readonly ResolvedPort[] {
  return (service.spec.ports ?? []).map((port) => resolvePort(port, pod)).filter((port) => port !== undefined);
}

function endpointOf(service: Service, pod: Pod): EndpointSliceEndpoint {
  const { name = "", namespace = "", uid = "", deletionTimestamp } = pod.metadata;
  const serving = isPodReady(pod);
  const terminating = deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const { hostname, subdomain, nodeName } = pod.spec;
  return {
    addresses: [pod.status?.podIP ?? ""],
    conditions: { ready, serving, terminating },
    ...(hostname && subdomain === service.metadata.name && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

const isHeadless = (service: Service): boolean => service.spec.clusterIP === "None";

/** One slice per set of resolved ports (pods may name them differently) and thousand pods; one empty slice for none. */
export function desiredSlices(service: Service, pods: readonly Pod[]): readonly EndpointSlice[] {
  const groups = Map.groupBy(servingPods(pods), (pod) => JSON.stringify(portsOf(service, pod)));
  const slices: EndpointSlice[] = [];
  for (const [, members] of groups) {
    for (let at = 0; at < members.length; at += largestSlice) {
      slices.push(makeSlice(service, members.slice(at, at + largestSlice), slices.length));
    }
  }
  return slices.length > 0 ? slices : [makeSlice(service, [], 0)];
}

function makeSlice(service: Service, pods: readonly Pod[], at: number): EndpointSlice {
  const { name = "", namespace = "", labels } = service.metadata;
  const isIPv6 = pods[0]?.status?.podIP?.includes(":") ?? false;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: at === 0 ? name : `${name}-${at}`,
      namespace,
      labels: {
        ...labels,
        [serviceLabel]: name,
        [managedByLabel]: manager,
        ...(isHeadless(service) && { [headlessLabel]: "" }),
      },
      ownerReferences: [ownerReference(ServiceKind, service)],
    },
    addressType: isIPv6 ? "IPv6" : "IPv4",
    endpoints: pods.map((pod) => endpointOf(service, pod)),
    ports: pods[0] ? portsOf(service, pods[0]) : [],
  };
}

export interface Endpoints extends KubeObject {
  readonly subsets: readonly unknown[];
}

/** The older form of the same: ready and not ready addresses apart. */
export function desiredEndpoints(service: Service, slices: readonly EndpointSlice[]): Endpoints {
  const { name = "", namespace = "", labels } = service.metadata;
  const addressOf = ({ addresses, hostname, nodeName, targetRef }: EndpointSliceEndpoint) => ({
    ip: addresses[0] ?? "",
    ...(hostname && { hostname }),
    ...(nodeName !== undefined && { nodeName }),
    targetRef,
  });
  const subsets = slices.flatMap(({ endpoints, ports = [] }) => {
    const ready = endpoints.filter(({ conditions }) => conditions?.ready).map(addressOf);
    const notReady = endpoints
      .filter(({ conditions }) => !conditions?.ready && !conditions?.terminating)
      .map(addressOf);
    if (ready.length + notReady.length === 0) return [];
    return [
      {
        ...(ready.length > 0 && { addresses: ready }),
        ...(notReady.length > 0 && { notReadyAddresses: notReady }),
        ...(ports.length > 0 && { ports }),
      },
    ];
  });
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name, namespace, ...(labels && { labels }), ownerReferences: [ownerReference(ServiceKind, service)] },
    subsets,
  };
}
