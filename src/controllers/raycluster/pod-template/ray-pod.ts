/** Head and worker pods of a RayCluster. Pure: the same inputs build the same pod. */
import { containerNames } from "../../../api/containers.ts";
import { RayCluster as RayClusterKind } from "../../../api/ray/kinds.ts";
import type { Container, EnvVar, Pod, PodSpec, Volume } from "../../../api/core/pod.ts";
import { annotations, applicationName, createdBy, headGroup, labels, ports } from "../../../api/ray/labels.ts";
import { checkLabel, checkName, headPodPrefix, serviceFqdn, workerPodPrefix } from "../../../api/ray/names.ts";
import type { HeadGroupSpec, RayCluster, StringMap, WorkerGroupSpec } from "../../../api/ray/types.ts";
import { ownerReference } from "../../../machinery/owner-refs.ts";
import { autoscalerContainer } from "../children/autoscaler.ts";
import { waitForGcs } from "./init-container.ts";
import type { RayOperatorOptions } from "../options.ts";
import { authEnv, creatorOf, externalStorageNamespace, hasFaultTolerance, rayContainerEnv } from "./env.ts";
import { withProbes } from "./probes.ts";
import { headPort, headStartCommand, workerStartCommand } from "./ray-start.ts";

export interface PodContext {
  readonly cluster: RayCluster;
  readonly options: RayOperatorOptions;
  /** Name of the head Service. */
  readonly headService: string;
  /** Hash that tells a spec change under the Recreate strategy. */
  readonly hash: () => string;
}

/** Where in a multi-host replica a worker stands. */
export interface ReplicaPlace {
  readonly index: number;
  readonly name?: string;
  readonly host?: number;
}

const headAddress = ({ cluster, options, headService }: PodContext): string =>
  serviceFqdn(headService, cluster.metadata.namespace ?? "default", options.clusterDomain);

const shell = (options: RayOperatorOptions): readonly string[] => [
  "/bin/bash",
  options.loginShell ? "-cl" : "-c",
  "--",
];

function baseLabels(cluster: RayCluster, nodeType: "head" | "worker", group: string): StringMap {
  const name = cluster.metadata.name ?? "";
  return {
    [labels.isRayNode]: "yes",
    [labels.cluster]: name,
    [labels.nodeType]: nodeType,
    [labels.group]: group,
    [labels.identifier]: checkLabel(`${name}-${nodeType}`),
    [labels.appName]: applicationName,
    [labels.createdBy]: createdBy,
  };
}

const fixedLabels: ReadonlySet<string> = new Set([labels.nodeType, labels.group, labels.cluster]);

/** Users may override everything but what ties the pod to its place. */
function podLabels(base: StringMap, group: HeadGroupSpec | WorkerGroupSpec): StringMap {
  const own = { ...group.template.metadata?.labels, ...group.labels };
  return { ...base, ...Object.fromEntries(Object.entries(own).filter(([key]) => !fixedLabels.has(key))) };
}

function podAnnotations(cluster: RayCluster, group: HeadGroupSpec | WorkerGroupSpec): StringMap {
  const overwrites = cluster.metadata.annotations?.[annotations.overwriteCommand]?.toLowerCase() === "true";
  return { ...group.template.metadata?.annotations, ...(overwrites && { [annotations.overwriteCommand]: "true" }) };
}

/** The user's own command, if any, then Ray; left alone when it starts Ray itself or says that it will. */
function withStartCommand(
  container: Container,
  cluster: RayCluster,
  command: string,
  options: RayOperatorOptions,
): Container {
  const overwrites = cluster.metadata.annotations?.[annotations.overwriteCommand]?.toLowerCase() === "true";
  const user = [...(container.command ?? []), ...(container.args ?? [])].map((word) => ` ${word} `).join("");
  if (overwrites || user.includes("ray start")) return container;
  const start = `ulimit -n \${RAY_START_ULIMIT_OPEN_FILES:-65536}; ${command}`;
  return { ...container, command: shell(options), args: [user === "" ? start : `${user} && ${start}`] };
}

const mountsAt = (container: Container, path: string) =>
  container.volumeMounts?.some(({ mountPath }) => mountPath === path) === true;

function addVolume(spec: PodSpec, volume: Volume): PodSpec {
  const volumes = spec.volumes ?? [];
  return volumes.some(({ name }) => name === volume.name) ? spec : { ...spec, volumes: [...volumes, volume] };
}

function addMount(container: Container, name: string, mountPath: string): Container {
  return mountsAt(container, mountPath)
    ? container
    : { ...container, volumeMounts: [...(container.volumeMounts ?? []), { name, mountPath }] };
}

/** A shared memory for the object store as large as the container's memory. */
function withSharedMemory(spec: PodSpec, params: StringMap): PodSpec {
  const [ray, ...others] = spec.containers;
  if (!ray || "plasma-directory" in params || mountsAt(ray, "/dev/shm")) return spec;
  const sizeLimit = ray.resources?.limits?.["memory"] ?? ray.resources?.requests?.["memory"];
  const emptyDir = { medium: "Memory" as const, ...(sizeLimit !== undefined && { sizeLimit }) };
  const mounted = addMount(ray, "shared-mem", "/dev/shm");
  return addVolume({ ...spec, containers: [mounted, ...others] }, { name: "shared-mem", emptyDir });
}

function withMetricsPort(container: Container): Container {
  if (container.ports?.some(({ name }) => name === "metrics")) return container;
  return { ...container, ports: [...(container.ports ?? []), { name: "metrics", containerPort: ports.metrics }] };
}

/** The group's own init containers, and on workers the one that waits for the head, last. */
function initContainers(group: HeadGroupSpec | WorkerGroupSpec, context: PodContext): readonly Container[] {
  const { cluster, options } = context;
  const fqdn = headAddress(context);
  const [user] = group.template.spec.containers as readonly [Container];
  const auth = authEnv(cluster, user.env);
  const wait = waitForGcs({ container: user, fqdn, port: headPort(cluster.spec), shell: shell(options), auth });
  const waits = "groupName" in group && options.initContainerInjection;
  const address: readonly EnvVar[] = [
    { name: "FQ_RAY_IP", value: fqdn },
    { name: "RAY_IP", value: fqdn.split(".", 1)[0] ?? "" },
  ];
  return [...(group.template.spec.initContainers ?? []), ...(waits ? [wait] : [])].map((container) => ({
    ...container,
    env: [...(container.env ?? []), ...address],
  }));
}

function rayPodSpec(group: HeadGroupSpec | WorkerGroupSpec, context: PodContext, startCommand: string): PodSpec {
  const { cluster, options } = context;
  const isHead = !("groupName" in group);
  const params = group.rayStartParams ?? {};
  const [user, ...others] = group.template.spec.containers as readonly [Container, ...Container[]];
  const started = withStartCommand(user, cluster, startCommand, options);
  const about = { cluster, options, isHead, startCommand, port: headPort(cluster.spec), fqdn: headAddress(context) };
  const named = withMetricsPort({ ...started, env: rayContainerEnv(user.env ?? [], about) });
  const isRayService = creatorOf(cluster) === "RayService";
  const ray = options.probesInjection
    ? withProbes(named, { rayVersion: cluster.spec.rayVersion, params, isHead, isRayService })
    : named;
  const init = initContainers(group, context);
  const usesV2 = cluster.spec.enableInTreeAutoscaling && cluster.spec.autoscalerOptions?.version === "v2";
  const spec: PodSpec = {
    ...group.template.spec,
    containers: [ray, ...others],
    ...(init.length > 0 && { initContainers: init }),
    ...(usesV2 && { restartPolicy: "Never" as const }),
  };
  return withSharedMemory(spec, params);
}

/** A service account token for Ray's Kubernetes authentication, for everything of ours that talks to Ray. */
function withTokenVolume(spec: PodSpec, { spec: { authOptions } }: RayCluster): PodSpec {
  if (authOptions?.mode !== "token" || !authOptions.enableK8sTokenAuth) return spec;
  const mount = { name: "ray-token", mountPath: "/var/run/secrets/ray.io/serviceaccount", readOnly: true };
  const mounted = (container: Container) => ({
    ...container,
    volumeMounts: [...(container.volumeMounts ?? []), mount],
  });
  const containers = spec.containers.map((container, at) =>
    at === 0 || container.name === containerNames.autoscaler ? mounted(container) : container,
  );
  const initContainers = spec.initContainers?.map((container) =>
    container.name === containerNames.waitForHead ? mounted(container) : container,
  );
  return addVolume(
    { ...spec, containers, ...(initContainers && { initContainers }) },
    { name: "ray-token", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
  );
}

function withAutoscaler(spec: PodSpec, cluster: RayCluster): PodSpec {
  if (!cluster.spec.enableInTreeAutoscaling) return spec;
  const [ray, ...others] = spec.containers as readonly [Container, ...Container[]];
  const containers = [
    addMount(ray, "ray-logs", "/tmp/ray"),
    ...others,
    addMount(autoscalerContainer(cluster, ray), "ray-logs", "/tmp/ray"),
  ];
  const serviceAccountName = checkName(spec.serviceAccountName || (cluster.metadata.name ?? ""));
  return addVolume({ ...spec, containers, serviceAccountName }, { name: "ray-logs", emptyDir: {} });
}

const withSidecars = (spec: PodSpec, sidecars: readonly Container[]): PodSpec => ({
  ...spec,
  containers: [...spec.containers, ...sidecars],
});

function metadataOf(cluster: RayCluster, group: HeadGroupSpec | WorkerGroupSpec) {
  const finalizers = group.template.metadata?.finalizers;
  return {
    namespace: cluster.metadata.namespace,
    ownerReferences: [ownerReference(RayClusterKind, cluster)],
    ...(finalizers && { finalizers }),
  };
}

export function desiredHeadPod(context: PodContext): Pod {
  const { cluster, options, hash } = context;
  const head = cluster.spec.headGroupSpec;
  const credentials = cluster.spec.gcsFaultToleranceOptions;
  const command = headStartCommand(cluster.spec, {
    username: credentials?.redisUsername !== undefined,
    password: credentials?.redisPassword !== undefined,
  });
  const name = cluster.metadata.name ?? "";
  const prefix = headPodPrefix(name);
  const isTolerant = hasFaultTolerance(cluster);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...(options.deterministicHeadName ? { name: prefix.slice(0, -1) } : { generateName: prefix }),
      ...metadataOf(cluster, head),
      labels: {
        ...options.podDefaults.labels,
        ...podLabels(baseLabels(cluster, "head", headGroup), head),
        ...(creatorOf(cluster) === "RayService" && { [labels.serve]: "false" }),
      },
      annotations: {
        ...options.podDefaults.annotations,
        ...podAnnotations(cluster, head),
        [annotations.ftEnabled]: String(isTolerant),
        ...(isTolerant && { [annotations.externalStorageNamespace]: externalStorageNamespace(cluster) }),
        [annotations.upgradeHash]: hash(),
        [annotations.operatorVersion]: options.version,
      },
    },
    spec: withSidecars(
      withTokenVolume(withAutoscaler(rayPodSpec(head, context, command), cluster), cluster),
      options.podDefaults.headSidecars,
    ),
  };
}

export function desiredWorkerPod(context: PodContext, group: WorkerGroupSpec, place: ReplicaPlace): Pod {
  const { cluster, options } = context;
  const marks = { ...options.podDefaults.annotations, ...podAnnotations(cluster, group) };
  const address = `${headAddress(context)}:${headPort(cluster.spec)}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: workerPodPrefix(cluster.metadata.name ?? "", group.groupName),
      ...metadataOf(cluster, group),
      labels: {
        ...options.podDefaults.labels,
        ...podLabels(baseLabels(cluster, "worker", group.groupName), group),
        ...(options.gates.RayMultiHostIndexing && { [labels.replicaIndex]: String(place.index) }),
        ...(place.name !== undefined && {
          [labels.replicaName]: place.name,
          [labels.hostIndex]: String(place.host ?? 0),
        }),
        ...(creatorOf(cluster) === "RayService" && { [labels.serve]: "true" }),
      },
      ...(Object.keys(marks).length > 0 && { annotations: marks }),
    },
    spec: withSidecars(
      withTokenVolume(rayPodSpec(group, context, workerStartCommand(group, address)), cluster),
      options.podDefaults.workerSidecars,
    ),
  };
}
