/** Where a proxy path leads: `scheme:name:port` of a pod or a service, to a pod and one of its ports. */
import type { Pod } from "../../../api/core/pod.ts";
import { isPodReady } from "../../../api/core/pod.ts";
import type { Service } from "../../../api/core/service.ts";
import type { UnknownObject } from "../../../meta/object.ts";
import { fromLabelSelector, matchesLabels } from "../../../machinery/selector.ts";
import { type Core, mustGet } from "../core.ts";
import { badRequest, unavailable } from "../errors.ts";
import type { Call } from "../request/call.ts";

export interface ProxyTarget {
  readonly pod: UnknownObject;
  readonly port: number;
}

interface Address {
  readonly name: string;
  readonly port?: string;
}

function parseAddress(text: string): Address {
  const parts = text.split(":");
  if (parts.length > 3) throw badRequest(`invalid service request "${text}"`);
  // With three parts the first is the scheme, which is always plain HTTP here.
  const [name = "", port] = parts.length === 3 ? parts.slice(1) : parts;
  return { name, ...(port && { port }) };
}

const asPod = (object: UnknownObject): Pod => object as unknown as Pod;

/** The number of a port given by name or number; undefined when the pod has no such port. */
function podPort(pod: UnknownObject, port: string | number | undefined): number | undefined {
  if (typeof port === "number" || /^\d+$/.test(port ?? "")) return Number(port);
  const ports = asPod(pod).spec.containers.flatMap((container) => container.ports ?? []);
  return (port === undefined ? ports[0] : ports.find(({ name }) => name === port))?.containerPort;
}

function podTarget(core: Core, call: Call): ProxyTarget {
  const { name, port } = parseAddress(call.name ?? "");
  const pod = mustGet(core, { ...call, name });
  return { pod, port: podPort(pod, port) ?? (port === undefined ? 80 : noPort(port)) };
}

const noPort = (port: string): never => {
  throw unavailable(`no port "${port}" found`);
};

/** Pods behind a service: ready ones, not on their way out. */
function podsOf({ store }: Core, service: Service): readonly UnknownObject[] {
  const { selector, publishNotReadyAddresses } = service.spec;
  if (!selector || Object.keys(selector).length === 0) return [];
  const matcher = fromLabelSelector({ matchLabels: selector });
  return store.list("pods").filter((pod) => {
    const { namespace, labels, deletionTimestamp } = pod.metadata;
    if (namespace !== service.metadata.namespace || !matchesLabels(matcher, labels)) return false;
    return publishNotReadyAddresses || (!deletionTimestamp && isPodReady(asPod(pod)));
  });
}

function serviceTarget(core: Core, call: Call): ProxyTarget {
  const { name, port } = parseAddress(call.name ?? "");
  const service = mustGet(core, { ...call, name }) as unknown as Service;
  const ports = service.spec.ports ?? [];
  const found =
    port === undefined
      ? ports.length === 1
        ? ports[0]
        : undefined
      : ports.find((one) => one.name === port || String(one.port) === port);
  if (!found) throw unavailable(`no service port "${port ?? ""}" found for service "${name}"`);
  const pods = podsOf(core, service);
  const pod = pods[Math.floor(core.random() * pods.length)];
  if (!pod) throw unavailable(`no endpoints available for service "${name}"`);
  const number = podPort(pod, found.targetPort ?? found.port);
  if (number === undefined)
    throw unavailable(`no port "${String(found.targetPort)}" found in the pods of service "${name}"`);
  return { pod, port: number };
}

/** Throws 404 or 503, in Kubernetes' words. */
export function proxyTarget(core: Core, call: Call): ProxyTarget {
  return call.type.kind.resource === "services" ? serviceTarget(core, call) : podTarget(core, call);
}
