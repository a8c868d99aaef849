/** The ingress to the head's dashboard: made where asked for, kept as the cluster wants it, never taken away. Pure. */
import { Ingress } from "../../api/core/kinds.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { annotations, applicationName, createdBy, labels, ports } from "../../api/ray/labels.ts";
import { RayCluster as RayClusterKind } from "../../api/ray/kinds.ts";
import { checkLabel, headIngressName } from "../../api/ray/names.ts";
import type { RayCluster } from "../../api/ray/types.ts";
import { isControlledBy, ownerReference } from "../../machinery/owner-refs.ts";
import type { PlanPart } from "../../runtime/plan.ts";
import { headPorts, headServiceNameOf } from "./services.ts";

interface IngressObject extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

const nothing: PlanPart = { apply: [], events: [] };

function desiredIngress(cluster: RayCluster): IngressObject {
  const { ingressOptions = {} } = cluster.spec.headGroupSpec;
  const { name = "", namespace, annotations: own = {} } = cluster.metadata;
  const { [annotations.ingressClass]: className, ...marks } = own;
  const number = headPorts(cluster)["dashboard"] ?? ports.dashboard;
  const path = {
    path: ingressOptions.path || "/",
    pathType: ingressOptions.pathType ?? "Prefix",
    backend: { service: { name: headServiceNameOf(cluster), port: { number } } },
  };
  const metadata = {
    name: headIngressName(name),
    namespace,
    labels: {
      [labels.cluster]: name,
      [labels.identifier]: checkLabel(`${name}-head`),
      [labels.appName]: applicationName,
      [labels.createdBy]: createdBy,
    },
    annotations: marks,
    ownerReferences: [ownerReference(RayClusterKind, cluster)],
  };
  const spec = {
    ...(className && { ingressClassName: className }),
    rules: [{ ...(ingressOptions.host && { host: ingressOptions.host }), http: { paths: [path] } }],
    ...(ingressOptions.tls && { tls: ingressOptions.tls }),
  };
  return { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata, spec };
}

/** What the cluster does not ask for any more goes, but for the class, which the API server may have chosen. */
function replacement({ spec, ...target }: IngressObject, live: IngressObject): KubeObject {
  const gone = Object.keys(live.spec).filter((key) => !(key in spec) && key !== "ingressClassName");
  const whole = { ...spec, ...Object.fromEntries(gone.map((key) => [key, null])) };
  return { ...target, spec: whole } as KubeObject;
}

function told(verb: "Create" | "Update", name: string) {
  const failed = `Failed to ${verb.toLowerCase()} ingress ${name}`;
  return {
    onSuccess: { type: "Normal", reason: `${verb}dIngress`, action: verb, message: `${verb}d ingress ${name}` },
    onFailure: { type: "Warning", reason: `FailedTo${verb}Ingress`, action: verb, message: failed },
  } as const;
}

/** `live` is the Ingress of that name, whoever's it is. */
export function planIngress(cluster: RayCluster, live: KubeObject | undefined): PlanPart {
  if (!cluster.spec.headGroupSpec.enableIngress) return nothing;
  const target = desiredIngress(cluster);
  const name = `${target.metadata.namespace}/${target.metadata.name}`;
  if (!live) return { apply: [{ kind: Ingress, target, mode: "create", ...told("Create", name) }], events: [] };
  if (isControlledBy(live, cluster)) {
    const patch = replacement(target, live as IngressObject);
    return { apply: [{ kind: Ingress, target: patch, mode: "patch", ...told("Update", name) }], events: [] };
  }
  const message = `Ingress ${name} exists already and is not this RayCluster's: it is left as it is`;
  return { apply: [], events: [{ type: "Warning", reason: "FailedToCreateIngress", action: "Create", message }] };
}
