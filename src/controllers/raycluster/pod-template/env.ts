/** Environment of the Ray container, in the order in which it is appended. Pure. */
import type { EnvVar } from "../../../api/core/pod.ts";
import { annotations, labels } from "../../../api/ray/labels.ts";
import { checkName } from "../../../api/ray/names.ts";
import type { RayCluster, RedisCredential } from "../../../api/ray/types.ts";
import type { RayOperatorOptions } from "../options.ts";

export interface EnvInput {
  readonly cluster: RayCluster;
  readonly options: RayOperatorOptions;
  readonly isHead: boolean;
  readonly startCommand: string;
  readonly port: string;
  /** Fully qualified name of the head service. */
  readonly fqdn: string;
}

class Env {
  readonly list: EnvVar[];

  constructor(user: readonly EnvVar[]) {
    this.list = [...user];
  }

  add(name: string, value: string): void {
    this.list.push({ name, value });
  }

  addIfAbsent(name: string, value: string): void {
    if (!this.list.some((env) => env.name === name)) this.add(name, value);
  }

  addField(name: string, fieldPath: string): void {
    this.list.push({ name, valueFrom: { fieldRef: { fieldPath } } });
  }

  addCredential(name: string, credential: RedisCredential | undefined): void {
    if (credential) this.list.push({ name, ...credential });
  }
}

/** RayCluster, RayJob or RayService: whatever made the cluster. */
export function creatorOf({ metadata }: RayCluster): "RayCluster" | "RayJob" | "RayService" {
  const creator = metadata.labels?.[labels.originatedFromKind];
  return creator === "RayJob" || creator === "RayService" ? creator : "RayCluster";
}

export function hasFaultTolerance({ metadata, spec }: RayCluster): boolean {
  return (
    metadata.annotations?.[annotations.ftEnabled]?.toLowerCase() === "true" ||
    spec.gcsFaultToleranceOptions !== undefined
  );
}

/** Where the GCS keeps its tables in Redis. */
export function externalStorageNamespace({ metadata, spec }: RayCluster): string {
  return (
    spec.gcsFaultToleranceOptions?.externalStorageNamespace ||
    metadata.annotations?.[annotations.externalStorageNamespace] ||
    (metadata.uid ?? "")
  );
}

function headFaultTolerance(env: Env, cluster: RayCluster): void {
  if (!hasFaultTolerance(cluster)) return;
  const options = cluster.spec.gcsFaultToleranceOptions;
  env.addIfAbsent("RAY_external_storage_namespace", externalStorageNamespace(cluster));
  if (options) {
    env.add("RAY_REDIS_ADDRESS", options.redisAddress ?? "");
    env.addCredential("REDIS_USERNAME", options.redisUsername);
    env.addCredential("REDIS_PASSWORD", options.redisPassword);
    return;
  }
  const password = cluster.spec.headGroupSpec.rayStartParams?.["redis-password"];
  if (password) env.addIfAbsent("REDIS_PASSWORD", password);
}

/** Token authentication, for Ray containers and whatever talks to them. */
export function authEnv({ metadata, spec }: RayCluster, taken: readonly EnvVar[] = []): readonly EnvVar[] {
  const { mode, secretName, enableK8sTokenAuth } = spec.authOptions ?? {};
  if (mode !== "token") return [];
  const token = {
    name: "RAY_AUTH_TOKEN",
    valueFrom: { secretKeyRef: { name: secretName || checkName(metadata.name ?? ""), key: "auth_token" } },
  };
  const wanted: EnvVar[] = [
    { name: "RAY_AUTH_MODE", value: "token" },
    ...(enableK8sTokenAuth ? [{ name: "RAY_ENABLE_K8S_TOKEN_AUTH", value: "true" }] : [token]),
  ];
  return wanted.filter(({ name }) => !taken.some((env) => env.name === name));
}

/** The Ray container's whole environment: the user's own first. */
export function rayContainerEnv(
  user: readonly EnvVar[],
  { cluster, options, isHead, startCommand, port, fqdn }: EnvInput,
): readonly EnvVar[] {
  const env = new Env(user);
  const { autoscalerOptions, enableInTreeAutoscaling } = cluster.spec;
  if (isHead && enableInTreeAutoscaling && autoscalerOptions?.version)
    env.add("RAY_enable_autoscaler_v2", String(autoscalerOptions.version === "v2"));
  if (isHead) headFaultTolerance(env, cluster);
  else if (hasFaultTolerance(cluster)) env.addIfAbsent("RAY_gcs_rpc_server_reconnect_timeout_s", "600");
  env.list.push(...authEnv(cluster, env.list));
  const known = new Set(env.list.map(({ name }) => name));
  env.list.push(...options.podDefaults.env.filter(({ name }) => !known.has(name)));
  if (!isHead) {
    env.add("FQ_RAY_IP", fqdn);
    env.add("RAY_IP", fqdn.split(".", 1)[0] ?? "");
  }
  env.addField("RAY_CLUSTER_NAME", `metadata.labels['${labels.cluster}']`);
  env.addField("RAY_CLUSTER_NAMESPACE", "metadata.namespace");
  env.addField("RAY_CLOUD_INSTANCE_ID", "metadata.name");
  env.addField("RAY_NODE_TYPE_NAME", `metadata.labels['${labels.group}']`);
  env.add("KUBERAY_GEN_RAY_START_CMD", startCommand);
  env.addIfAbsent("RAY_PORT", port);
  const creator = creatorOf(cluster);
  if (creator === "RayService") {
    env.addIfAbsent("RAY_timeout_ms_task_wait_for_death_info", "0");
    env.addIfAbsent("RAY_gcs_server_request_timeout_seconds", "5");
    env.addIfAbsent("RAY_SERVE_KV_TIMEOUT_S", "5");
  }
  env.addIfAbsent("RAY_ADDRESS", isHead ? `127.0.0.1:${port}` : `${fqdn}:${port}`);
  env.addIfAbsent("RAY_USAGE_STATS_KUBERAY_IN_USE", "1");
  if (isHead) env.add("RAY_USAGE_STATS_EXTRA_TAGS", `kuberay_version=${options.version};kuberay_crd=${creator}`);
  env.addIfAbsent("RAY_DASHBOARD_ENABLE_K8S_DISK_USAGE", "1");
  return env.list;
}
