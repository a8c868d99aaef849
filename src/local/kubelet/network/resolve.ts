/** Names of the cluster, resolved from Services and EndpointSlices. Pure: the lookups are passed in. */
import type { EndpointSlice, Service } from "../../../api/core/service.ts";

export interface NameSources {
  readonly service: (namespace: string, name: string) => Service | undefined;
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

function targetsOf({ service, namespace, name }: ServiceName, sources: NameSources, port?: string): readonly Target[] {
  const domain = `${name}.${namespace}.svc.${clusterDomain}`;
  const address = isHeadless(service) ? undefined : sources.addressOf(service);
  const ports = (service.spec.ports ?? []).filter((p) => port === undefined || p.name === port);
  if (address) return ports.map((p) => ({ host: domain, port: p.port, address }));
  return readyEndpoints(sources, namespace, name).flatMap((endpoint) =>
    (endpoint.ports ?? [])
      .filter((p) => port === undefined || p.name === port)
      .map((p) => ({ host: `${endpoint.label}.${domain}`, port: p.port ?? 0, address: endpoint.address })),
  );
}

/** The labels before the Service's name: none, a host's, or `_port._tcp`. */
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
    const targets = second === "_tcp" ? targetsOf(found, sources, first.slice(1)) : [];
    return targets.length > 0 ? { kind: "addresses", list: [], targets } : missing;
  }
  const endpoints = readyEndpoints(sources, namespace, name).filter(({ label }) => label === first);
  const list = [...new Set(endpoints.map((endpoint) => endpoint.address))];
  return list.length > 0 ? { kind: "addresses", list, targets: [] } : missing;
}

/** Resolves `[host.|_port._tcp.]svc.ns.svc.cluster.local` and `1-2-3-4.ns.pod.cluster.local`. */
export function resolveName(name: string, sources: NameSources): Resolution {
  const lower = name.toLowerCase().replace(/\.$/, "");
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
