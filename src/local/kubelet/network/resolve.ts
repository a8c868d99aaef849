/** Names of the cluster, resolved from Services and EndpointSlices. Pure: the lookups are passed in. */
import type { EndpointSlice, Service } from "../../../api/core/service.ts";

export interface NameSources {
  readonly service: (namespace: string, name: string) => Service | undefined;
  /** Of all namespaces. */
  readonly services: () => readonly Service[];
  readonly slices: (namespace: string, service: string) => readonly EndpointSlice[];
  /** Where a Service with a cluster IP is answered. */
  readonly addressOf: (service: Service) => string | undefined;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly address: string;
}

/**
 * `notOurs`: the name is not of the cluster; empty lists: it is, and has nothing to give now. `missing`: no such thing.
 * `targets` answer SRV questions; their hosts are names of the cluster.
 */
export type Resolution =
  | { readonly kind: "addresses"; readonly list: readonly string[]; readonly targets: readonly Target[] }
  | { readonly kind: "alias"; readonly name: string }
  /** Of an address, for a PTR question. */
  | { readonly kind: "names"; readonly list: readonly string[] }
  | { readonly kind: "missing" }
  | { readonly kind: "notOurs" };

export const clusterDomain = "cluster.local";

const missing: Resolution = { kind: "missing" };
const dashed = (address: string) => address.replaceAll(".", "-");

interface Endpoint {
  readonly address: string;
  /** Its name below the Service's: the pod's host name, or the address with dashes. */
  readonly label: string;
  readonly ports: EndpointSlice["ports"];
}

function readyEndpoints(sources: NameSources, namespace: string, service: string): readonly Endpoint[] {
  return sources
    .slices(namespace, service)
    .flatMap(({ endpoints, ports }) =>
      endpoints
        .filter(({ conditions }) => conditions?.ready !== false)
        .flatMap(({ addresses, hostname }) =>
          addresses.map((address) => ({ address, label: hostname ?? dashed(address), ports })),
        ),
    );
}

const isHeadless = ({ spec }: Service) => spec.clusterIP === "None" || !spec.clusterIP;

interface ServiceName {
  readonly namespace: string;
  readonly name: string;
  readonly service: Service;
}

/** Of an SRV question: `_port._protocol`, without the underscores. */
interface PortName {
  readonly name: string;
  readonly protocol: string;
}

const isPort =
  (wanted: PortName | undefined) =>
  ({ name = "", protocol = "TCP" }: { readonly name?: string; readonly protocol?: string }): boolean =>
    !wanted || (name === wanted.name && protocol.toLowerCase() === wanted.protocol);

function targetsOf(
  { service, namespace, name }: ServiceName,
  sources: NameSources,
  wanted?: PortName,
): readonly Target[] {
  const domain = `${name}.${namespace}.svc.${clusterDomain}`;
  const address = isHeadless(service) ? undefined : sources.addressOf(service);
  const ports = (service.spec.ports ?? []).filter(isPort(wanted));
  if (address) return ports.map((p) => ({ host: domain, port: p.port, address }));
  return readyEndpoints(sources, namespace, name).flatMap((endpoint) =>
    (endpoint.ports ?? [])
      .filter(isPort(wanted))
      .map((p) => ({ host: `${endpoint.label}.${domain}`, port: p.port ?? 0, address: endpoint.address })),
  );
}

/** The labels before the Service's name: none, a host's, or `_port._protocol`. */
function resolveService(found: ServiceName, labels: readonly string[], sources: NameSources): Resolution {
  const { service, namespace, name } = found;
  if (service.spec.type === "ExternalName") return { kind: "alias", name: service.spec.externalName ?? "" };
  const [first, second] = labels;
  if (first === undefined) {
    const address = isHeadless(service) ? undefined : sources.addressOf(service);
    const list = address ? [address] : readyEndpoints(sources, namespace, name).map((endpoint) => endpoint.address);
    return { kind: "addresses", list: [...new Set(list)], targets: targetsOf(found, sources) };
  }
  if (second !== undefined) {
    if (!first.startsWith("_") || !second.startsWith("_")) return missing;
    const targets = targetsOf(found, sources, { name: first.slice(1), protocol: second.slice(1) });
    return targets.length > 0 ? { kind: "addresses", list: [], targets } : missing;
  }
  const endpoints = readyEndpoints(sources, namespace, name).filter(({ label }) => label === first);
  const list = [...new Set(endpoints.map((endpoint) => endpoint.address))];
  return list.length > 0 ? { kind: "addresses", list, targets: [] } : missing;
}

const reversed = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/;

/** The Service at an address, else the pods there that have a host name below a Service: as CoreDNS has it. */
function namesOf(address: string, sources: NameSources): Resolution {
  const domainOf = ({ metadata }: Service) => `${metadata.name}.${metadata.namespace}.svc.${clusterDomain}`;
  const services = sources.services().filter(({ spec }) => spec.type !== "ExternalName");
  const service = services.find((one) => !isHeadless(one) && sources.addressOf(one) === address);
  if (service) return { kind: "names", list: [domainOf(service)] };
  const list = services.flatMap((one) =>
    sources
      .slices(one.metadata.namespace ?? "", one.metadata.name ?? "")
      .flatMap(({ endpoints }) => endpoints)
      .filter(({ addresses, conditions }) => conditions?.ready !== false && addresses.includes(address))
      .flatMap(({ hostname }) => (hostname ? [`${hostname}.${domainOf(one)}`] : [])),
  );
  return list.length > 0 ? { kind: "names", list: [...new Set(list)] } : { kind: "notOurs" };
}

/** Resolves `[host.|_port._protocol.]svc.ns.svc.cluster.local`, `1-2-3-4.ns.pod.cluster.local` and addresses' names. */
export function resolveName(name: string, sources: NameSources): Resolution {
  const lower = name.toLowerCase().replace(/\.$/, "");
  const octets = reversed.exec(lower)?.slice(1);
  if (octets) return namesOf(octets.toReversed().join("."), sources);
  if (lower !== clusterDomain && !lower.endsWith(`.${clusterDomain}`)) return { kind: "notOurs" };
  const labels = lower.slice(0, -clusterDomain.length - 1).split(".");
  const type = labels.pop();
  const namespace = labels.pop();
  if (type === "pod" && labels.length === 1) {
    const [label = ""] = labels;
    const isAddress = /^\d+-\d+-\d+-\d+$/.test(label);
    return isAddress ? { kind: "addresses", list: [label.replaceAll("-", ".")], targets: [] } : missing;
  }
  const serviceName = labels.pop();
  if (type !== "svc" || !namespace || !serviceName || labels.length > 2) return missing;
  const service = sources.service(namespace, serviceName);
  if (!service) return missing;
  return resolveService({ namespace, name: serviceName, service }, labels, sources);
}
