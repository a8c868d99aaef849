/** The ingress to the head's dashboard: made where asked for, kept as the cluster wants it, never taken away. Pure. */
import { Ingress } from "../../../api/core/kinds.ts";
import type { KubeObject } from "../../../meta/object.ts";
import { annotations, applicationName, createdBy, labels, ports } from "../../../api/ray/labels.ts";
import { RayCluster as RayClusterKind } from "../../../api/ray/kinds.ts";
import { checkLabel, headIngressName } from "../../../api/ray/names.ts";
import type { RayCluster } from "../../../api/ray/types.ts";
import { isControlledBy, ownerReference } from "../../../machinery/owner-refs.ts";
import { create, patch, type Steps, tell } from "../../../runtime/steps.ts";
import { foreignIngress, ingress } from "../events.ts";
import { headPorts, headServiceNameOf } from "./services.ts";

interface IngressObject extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

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

/** `live` is the Ingress of that name, whoever's it is. */
export function planIngress(cluster: RayCluster, live: KubeObject | undefined): Steps {
  if (!cluster.spec.headGroupSpec.enableIngress) return [];
  const target = desiredIngress(cluster);
  if (!live) return [create(Ingress, target, { as: ingress })];
  if (isControlledBy(live, cluster))
    return [patch(Ingress, replacement(target, live as IngressObject), { as: ingress })];
  return [tell(foreignIngress(`${target.metadata.namespace}/${target.metadata.name}`))];
}
