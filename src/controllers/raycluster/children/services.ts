/** Services of a RayCluster. Pure; each is made when missing and not changed afterwards. */
import { Service as ServiceKind } from "../../../api/core/kinds.ts";
import type { Service, ServicePort } from "../../../api/core/service.ts";
import { annotations, applicationName, createdBy, defaultHeadPorts, labels, ports } from "../../../api/ray/labels.ts";
import { RayCluster as RayClusterKind } from "../../../api/ray/kinds.ts";
import { checkLabel, headlessServiceName, headServiceName, serveServiceName } from "../../../api/ray/names.ts";
import type { RayCluster, StringMap } from "../../../api/ray/types.ts";
import { ownerReference } from "../../../machinery/owner-refs.ts";
import { create, type Steps, tell } from "../../../runtime/steps.ts";
import { missingServePort, service } from "../events.ts";
import type { RayOperatorOptions } from "../options.ts";

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

function headSelector({ metadata, spec }: RayCluster): StringMap {
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

function serveService(cluster: RayCluster): Service {
  const { name = "", namespace } = cluster.metadata;
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
      ports: servePorts(cluster).map(([port, number]) => ({ name: port, port: number, protocol: "TCP" as const })),
    },
  };
}

/** Not told, as it is not there. */
function planServe(cluster: RayCluster): Steps {
  if (!wantsServe(cluster)) return [];
  if (servePorts(cluster).length > 0) return [create(ServiceKind, serveService(cluster))];
  return [tell(missingServePort(cluster, serveServiceName(cluster.metadata.name ?? "")))];
}

/** `headService`: the one that is there already, whatever its name. */
export function planServices(
  cluster: RayCluster,
  headService: Service | undefined,
  options: RayOperatorOptions,
): Steps {
  const hasMultiHost = cluster.spec.workerGroupSpecs?.some((group) => (group.numOfHosts ?? 1) > 1);
  return [
    ...(headService ? [] : [create(ServiceKind, desiredHeadService(cluster, options), { as: service })]),
    ...(hasMultiHost ? [create(ServiceKind, headlessService(cluster), { as: service })] : []),
    ...planServe(cluster),
  ];
}
