/** Services: defaults, cluster IPs and checks. Pure but for the allocator that is passed in. */
import type { Service } from "../../../api/core/service.ts";
import type { UnknownObject } from "../../../api/meta/object.ts";
import { isDns1035Label } from "../../../machinery/names.ts";
import type { FieldError } from "../../../machinery/schema/types.ts";
import type { Rules } from "../resource.ts";

const asService = (object: UnknownObject) => object as unknown as Service;

function defaults(object: UnknownObject): UnknownObject {
  const spec = asService(object).spec ?? {};
  const ports = spec.ports?.map((port) => ({ protocol: "TCP" as const, targetPort: port.targetPort ?? port.port, ...port }));
  return {
    ...object,
    spec: { type: "ClusterIP", sessionAffinity: "None", internalTrafficPolicy: "Cluster", ...spec, ...(ports && { ports }) },
    status: object["status"] ?? { loadBalancer: {} },
  };
}

function validate(object: UnknownObject): readonly FieldError[] {
  const { metadata, spec } = asService(object);
  const found: FieldError[] = isDns1035Label(metadata.name ?? "").map((detail) => ({ type: "Invalid", field: "metadata.name", detail, value: metadata.name }));
  const headless = spec.clusterIP === "None" || spec.type === "ExternalName";
  if (!headless && !spec.ports?.length) found.push({ type: "Required", field: "spec.ports", detail: "" });
  const names = new Set<string>();
  for (const [at, port] of (spec.ports ?? []).entries()) {
    const field = `spec.ports[${at}]`;
    if (!(port.port > 0 && port.port < 65_536)) found.push({ type: "Invalid", field: `${field}.port`, detail: "must be between 1 and 65535, inclusive", value: port.port });
    if ((spec.ports?.length ?? 0) > 1 && !port.name) found.push({ type: "Required", field: `${field}.name`, detail: "" });
    if (port.name && names.has(port.name)) found.push({ type: "Duplicate", field: `${field}.name`, detail: "", value: port.name });
    names.add(port.name ?? "");
  }
  return found;
}

function validateUpdate(object: UnknownObject, before: UnknownObject): readonly FieldError[] {
  const { spec } = asService(object);
  const old = asService(before).spec;
  if (!old.clusterIP || spec.clusterIP === old.clusterIP || spec.type === "ExternalName") return [];
  return [{ type: "Invalid", field: "spec.clusterIPs[0]", detail: "may not change once set", value: spec.clusterIP ?? "" }];
}

/** `allocate` answers a free cluster IP. */
export function serviceRules(allocate: () => string): Rules {
  return {
    defaults,
    validate,
    validateUpdate,
    prepare: (object) => {
      const { spec } = asService(object);
      if (spec.type === "ExternalName") return object;
      const clusterIP = spec.clusterIP || allocate();
      return { ...object, spec: { ...spec, clusterIP, clusterIPs: [clusterIP], ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" } };
    },
  };
}
