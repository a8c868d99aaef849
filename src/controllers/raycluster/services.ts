/** Services and secret of a RayCluster. Pure; each is made when missing and not changed afterwards. */
import { Secret, Service as ServiceKind } from "../../api/core/kinds.ts";
import type { Service, ServicePort } from "../../api/core/service.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { annotations, applicationName, createdBy, defaultHeadPorts, labels, ports } from "../../api/ray/labels.ts";
import { RayCluster as RayClusterKind } from "../../api/ray/kinds.ts";
import { checkLabel, checkName, headlessServiceName, headServiceName, serveServiceName } from "../../api/ray/names.ts";
import type { RayCluster, StringMap } from "../../api/ray/types.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";
import type { Apply, EventRecord } from "../../runtime/plan.ts";
import type { RayOperatorOptions } from "./options.ts";

export const headServiceNameOf = ({ metadata, spec }: RayCluster): string =>
  spec.headGroupSpec.headService?.metadata?.name || headServiceName(metadata.name ?? "");

/** Ports by name: those of the head's Ray container, or Ray's usual ones; `metrics` always. */
export function headPorts({ spec }: RayCluster): Readonly<Record<string, number>> {
  const own = spec.headGroupSpec.template.spec.containers[0]?.ports ?? [];
  if (own.length === 0) return defaultHeadPorts;
  const named = Object.fromEntries(own.map((port) => [port.name || `${port.containerPort}-port`, port.containerPort]));
  return { metrics: ports.metrics, ...named };
}

function servicePorts(map: Readonly<Record<string, number>>): readonly ServicePort[] {
  return Object.keys(map)
    .sort()
    .map((name) => ({ name, port: map[name] ?? 0, appProtocol: "tcp" }));
}

export function headSelector({ metadata, spec }: RayCluster): StringMap {
  const name = metadata.name ?? "";
  return {
    [labels.cluster]: name,
    [labels.nodeType]: "head",
    [labels.identifier]: checkLabel(`${name}-head`),
    [labels.appName]: spec.headGroupSpec.template.metadata?.labels?.[labels.appName] ?? applicationName,
    [labels.createdBy]: createdBy,
  };
}

/** What finds the head Service of a cluster, whatever its name. */
export const headServiceLabels = (cluster: string): StringMap => ({
  [labels.cluster]: cluster,
  [labels.nodeType]: "head",
  [labels.identifier]: checkLabel(`${cluster}-head`),
});

export function desiredHeadService(cluster: RayCluster, options: RayOperatorOptions): Service {
  const { metadata, spec } = cluster;
  const { headService: custom, serviceType } = spec.headGroupSpec;
  const selector = headSelector(cluster);
  const marks = { ...custom?.metadata?.annotations, ...spec.headServiceAnnotations };
  const isHeadless = !custom && !options.headClusterIpService && (!serviceType || serviceType === "ClusterIP");
  const type = custom?.spec?.type ?? serviceType;
  const own = custom?.spec?.ports ?? [];
  const isFree = ({ name, port }: ServicePort) => !own.some((taken) => taken.name === name || taken.port === port);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: headServiceNameOf(cluster),
      namespace: metadata.namespace,
      labels: { ...custom?.metadata?.labels, ...selector },
      ...(Object.keys(marks).length > 0 && { annotations: marks }),
      ownerReferences: [ownerReference(RayClusterKind, cluster)],
    },
    spec: {
      ...custom?.spec,
      selector,
      ports: [...own, ...servicePorts(headPorts(cluster)).filter(isFree)],
      ...(type && { type }),
      ...(isHeadless && { clusterIP: "None", publishNotReadyAddresses: true }),
    },
  };
}

function headlessService(cluster: RayCluster): Service {
  const { name = "", namespace } = cluster.metadata;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: headlessServiceName(name),
      namespace,
      labels: { [labels.headlessService]: name },
      ownerReferences: [ownerReference(RayClusterKind, cluster)],
    },
    spec: {
      type: "ClusterIP",
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: { [labels.cluster]: name, [labels.nodeType]: "worker" },
    },
  };
}

const wantsServe = ({ metadata }: RayCluster) => metadata.annotations?.[annotations.enableServeService] === "true";
const servePorts = (cluster: RayCluster) =>
  Object.entries(headPorts(cluster)).filter(([port]) => port === "serve" || port.startsWith("serve-"));

/** A Service to serve is asked for, and there is nothing that it could lead to. */
export function missingServePort(cluster: RayCluster): EventRecord | undefined {
  if (!wantsServe(cluster) || servePorts(cluster).length > 0) return undefined;
  const { name = "", namespace } = cluster.metadata;
  const message = `Service ${namespace}/${serveServiceName(name)} has no port to serve: give the head's Ray container a port called serve, or serve-*`;
  return { type: "Warning", reason: "FailedToCreateService", action: "Create", message };
}

function serveService(cluster: RayCluster): Service | undefined {
  const { name = "", namespace } = cluster.metadata;
  const serve = servePorts(cluster);
  if (!wantsServe(cluster) || serve.length === 0) return undefined;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: serveServiceName(name),
      namespace,
      labels: {
        [labels.originatedFromName]: name,
        [labels.originatedFromKind]: "RayCluster",
        [labels.serve]: `${name}-serve`,
      },
      ownerReferences: [ownerReference(RayClusterKind, cluster)],
    },
    spec: {
      ...(cluster.spec.headGroupSpec.serviceType && { type: cluster.spec.headGroupSpec.serviceType }),
      selector: { [labels.cluster]: name },
      ports: serve.map(([port, number]) => ({ name: port, port: number, protocol: "TCP" as const })),
    },
  };
}

function authSecret(cluster: RayCluster, newToken: () => string): KubeObject | undefined {
  const { authOptions } = cluster.spec;
  if (!authOptions || authOptions.mode === "disabled" || authOptions.enableK8sTokenAuth || authOptions.secretName)
    return undefined;
  const { name = "", namespace } = cluster.metadata;
  const metadata = {
    name: checkName(name),
    namespace,
    labels: { [labels.cluster]: name },
    ownerReferences: [ownerReference(RayClusterKind, cluster)],
  };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata,
    type: "Opaque",
    stringData: { auth_token: newToken() },
  } as KubeObject;
}

const created = (kind: string, name: string) => ({
  onSuccess: {
    type: "Normal" as const,
    reason: `Created${kind}`,
    action: "Create",
    message: `Created ${kind.toLowerCase()} ${name}`,
  },
  onFailure: {
    type: "Warning" as const,
    reason: `FailedToCreate${kind}`,
    action: "Create",
    message: `Failed to create ${kind.toLowerCase()} ${name}`,
  },
});

export interface ServiceInput {
  readonly cluster: RayCluster;
  readonly options: RayOperatorOptions;
  /** A head Service is there already. */
  readonly hasHeadService: boolean;
  /** Absent when the secret is there already. */
  readonly newToken?: () => string;
}

/** What is made once beside the pods. The secret comes before the pods that mount it. */
export function planServices({ cluster, options, hasHeadService, newToken }: ServiceInput): readonly Apply[] {
  const plans: Apply[] = [];
  const add = (kind: typeof ServiceKind, target: KubeObject | undefined, order: number, tell = true) => {
    if (target)
      plans.push({ kind, target, mode: "create", order, ...(tell && created(kind.kind, target.metadata.name ?? "")) });
  };
  if (newToken) add(Secret, authSecret(cluster, newToken), -1, false);
  if (!hasHeadService) add(ServiceKind, desiredHeadService(cluster, options), 0);
  const hasMultiHost = cluster.spec.workerGroupSpecs?.some((group) => (group.numOfHosts ?? 1) > 1);
  if (hasMultiHost) add(ServiceKind, headlessService(cluster), 0);
  add(ServiceKind, serveService(cluster), 0, false);
  return plans;
}
