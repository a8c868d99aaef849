/** Services: ports and types filled in, cluster addresses given out from 10.97.0.0/16 and never changed. */
import type { UnknownObject } from "../../../meta/object.ts";
import { isDns1035Label } from "../../../machinery/names.ts";
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { Strategy, WriteContext } from "./registry.ts";

interface Port {
  readonly name?: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly targetPort?: number | string;
}
interface Spec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ports?: readonly Port[];
  readonly selector?: Readonly<Record<string, string>>;
  readonly externalName?: string;
  readonly [field: string]: unknown;
}

const serviceAddresses = { prefix: "10.97.", cidr: "10.97.0.0/16" } as const;
const addressCount = 2 ** 16 - 2;

const specOf = (object: UnknownObject): Spec => (object["spec"] ?? {}) as Spec;

function defaultService(object: UnknownObject): UnknownObject {
  const spec = specOf(object);
  const type = spec.type || "ClusterIP";
  const external = type === "ExternalName";
  const ports = spec.ports?.map((port) => ({
    ...port,
    protocol: port.protocol || "TCP",
    targetPort: port.targetPort || port.port,
  }));
  return {
    ...object,
    spec: {
      ...(!external && { internalTrafficPolicy: "Cluster", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" }),
      ...spec,
      ...(ports && { ports }),
      sessionAffinity: spec["sessionAffinity"] || "None",
      type,
    },
  };
}

function freeAddress({ list, random }: WriteContext): string {
  const taken = new Set(list("services").map((service) => specOf(service).clusterIP));
  const start = Math.floor(random() * addressCount);
  for (let step = 0; step < addressCount; step++) {
    const at = ((start + step) % addressCount) + 1;
    const address = `${serviceAddresses.prefix}${at >> 8}.${at & 255}`;
    if (!taken.has(address)) return address;
  }
  return "";
}

function allocate(object: UnknownObject, context: WriteContext): UnknownObject {
  const spec = specOf(object);
  if (spec.type === "ExternalName") return { ...object, status: { loadBalancer: {} } };
  const clusterIP = spec.clusterIP || spec.clusterIPs?.[0] || freeAddress(context);
  return { ...object, spec: { ...spec, clusterIP, clusterIPs: [clusterIP] }, status: { loadBalancer: {} } };
}

/** The address stays unless the type makes it go; an update that leaves it out keeps it. */
function keepAddress(next: UnknownObject, old: UnknownObject, context: WriteContext): UnknownObject {
  const spec = specOf(next);
  const before = specOf(old);
  if (spec.type === "ExternalName") {
    const { clusterIP: _ip, clusterIPs: _ips, ...rest } = spec;
    return { ...next, spec: rest };
  }
  if (!before.clusterIP) return { ...allocate(next, context), status: next["status"] };
  if (spec.clusterIP) return { ...next, spec: { ...spec, clusterIPs: [spec.clusterIP] } };
  return { ...next, spec: { ...spec, clusterIP: before.clusterIP, clusterIPs: before.clusterIPs } };
}

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

function portErrors(ports: readonly Port[]): readonly FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap((port, at): FieldError[] => {
    const path = `spec.ports[${at}]`;
    const errors: FieldError[] = [];
    if (ports.length > 1 && !port.name) errors.push({ type: "Required", field: `${path}.name`, detail: "" });
    if (port.name && seen.has(port.name))
      errors.push({ type: "Duplicate", field: `${path}.name`, detail: "", value: port.name });
    if (port.name) seen.add(port.name);
    if (!Number.isInteger(port.port) || (port.port ?? 0) < 1 || (port.port ?? 0) > 65535) {
      errors.push({
        type: "Invalid",
        field: `${path}.port`,
        detail: "must be between 1 and 65535, inclusive",
        value: port.port ?? 0,
      });
    }
    return errors;
  });
}

function validateService(object: UnknownObject, old?: UnknownObject): readonly FieldError[] {
  const spec = specOf(object);
  const errors: FieldError[] = [];
  if (!types.includes(spec.type ?? "")) {
    const detail = `supported values: ${types.map((type) => `"${type}"`).join(", ")}`;
    errors.push({ type: "NotSupported", field: "spec.type", detail, value: spec.type });
  }
  const isHeadless = spec.clusterIP === "None";
  if (!spec.ports?.length && !isHeadless && spec.type !== "ExternalName") {
    errors.push({ type: "Required", field: "spec.ports", detail: "" });
  }
  errors.push(...portErrors(spec.ports ?? []));
  const before = old && specOf(old);
  if (before?.clusterIP && spec.clusterIP !== before.clusterIP && spec.type !== "ExternalName") {
    errors.push({
      type: "Invalid",
      field: "spec.clusterIPs[0]",
      detail: "may not change once set",
      value: [spec.clusterIP],
    });
  }
  return errors;
}

export const serviceStrategy: Strategy = {
  hasStatus: true,
  hasGeneration: false,
  statusKeepsMetadata: true,
  allowCreateOnUpdate: true,
  answersDeleted: true,
  validateName: isDns1035Label,
  default: defaultService,
  onCreate: allocate,
  onUpdate: keepAddress,
  validate: validateService,
};
