/** Names of the cluster, resolved from Services and EndpointSlices. Pure: the two lookups are passed in. */
import type { EndpointSlice, Service } from "../../../api/core/service.ts";

export interface NameSources {
  readonly service: (namespace: string, name: string) => Service | undefined;
  readonly slices: (namespace: string, service: string) => readonly EndpointSlice[];
}

/** `notOurs`: the name is not of the cluster; an empty list: it is, and has no address now. `missing`: no such thing. */
export type Resolution =
  | { readonly kind: "addresses"; readonly list: readonly string[] }
  | { readonly kind: "alias"; readonly name: string }
  | { readonly kind: "missing" }
  | { readonly kind: "notOurs" };

export const clusterDomain = "cluster.local";

const isServing = (endpoint: EndpointSlice["endpoints"][number]) => endpoint.conditions?.ready !== false;

function endpointsOf(sources: NameSources, namespace: string, service: Service, hostname?: string): readonly string[] {
  const all = sources.slices(namespace, service.metadata.name ?? "").flatMap((slice) => slice.endpoints);
  const found = all.filter(
    (endpoint) => isServing(endpoint) && (hostname === undefined || endpoint.hostname === hostname),
  );
  return [...new Set(found.flatMap((endpoint) => endpoint.addresses))];
}

/** `10-88-0-3` as an address. */
const dashedAddress = (label: string) => (/^\d+-\d+-\d+-\d+$/.test(label) ? label.replaceAll("-", ".") : undefined);

/** Resolves `svc.ns.svc.cluster.local`, `host.svc.ns.svc.cluster.local` and `1-2-3-4.ns.pod.cluster.local`. */
export function resolveName(name: string, sources: NameSources): Resolution {
  const lower = name.toLowerCase().replace(/\.$/, "");
  if (lower !== clusterDomain && !lower.endsWith(`.${clusterDomain}`)) return { kind: "notOurs" };
  const labels = lower.slice(0, -clusterDomain.length - 1).split(".");
  const type = labels.pop();
  const namespace = labels.pop();
  if (type === "pod" && labels.length === 1) {
    const ip = dashedAddress(labels[0] ?? "");
    return ip ? { kind: "addresses", list: [ip] } : { kind: "missing" };
  }
  const serviceName = labels.pop();
  if (type !== "svc" || !namespace || !serviceName || labels.length > 1) return { kind: "missing" };
  const service = sources.service(namespace, serviceName);
  if (!service) return { kind: "missing" };
  const [hostname] = labels;
  if (service.spec.type === "ExternalName") return { kind: "alias", name: service.spec.externalName ?? "" };
  const { clusterIP } = service.spec;
  if (hostname === undefined && clusterIP && clusterIP !== "None") return { kind: "addresses", list: [clusterIP] };
  const list = endpointsOf(sources, namespace, service, hostname);
  return hostname !== undefined && list.length === 0 ? { kind: "missing" } : { kind: "addresses", list };
}
