/** A container's environment and command: sources resolved, `$(VAR)` expanded. Pure; lookups are passed in. */
import type { Container, EnvVarSource, Pod, Quantity } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import { parseQuantity } from "../../machinery/quantity.ts";

const oneInNano = 1_000_000_000n;

export interface EnvSources {
  readonly podIp?: string;
  readonly hostIp: string;
  /** Data of a ConfigMap; undefined when it does not exist. */
  readonly configMap: (name: string) => Readonly<Record<string, string>> | undefined;
  /** What the node has, for fields of containers without limits. */
  readonly allocatable?: Readonly<Record<string, Quantity>>;
  /** Decoded data of a Secret. */
  readonly secret: (name: string) => Readonly<Record<string, string>> | undefined;
}

/** What keeps a container from being configured: a missing ConfigMap, Secret or key. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

/** Expands `$(NAME)` for known names, leaves unknown ones, and turns `$$` into `$`. */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (match, name: string | undefined) => {
    if (match === "$$") return "$";
    return name !== undefined && Object.hasOwn(env, name) ? (env[name] ?? "") : match;
  });
}

/** A downward-API field of a pod; undefined when the pod has none such. */
export function podField(pod: Pod, path: string, sources: Pick<EnvSources, "podIp" | "hostIp">): string | undefined {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) return pod.metadata[keyed[1] as "labels" | "annotations"]?.[keyed[2] ?? ""] ?? "";
  const lines = (map: Readonly<Record<string, string>> = {}) =>
    Object.entries(map)
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join("\n");
  const fields: Readonly<Record<string, string | undefined>> = {
    "metadata.name": pod.metadata.name,
    "metadata.namespace": pod.metadata.namespace,
    "metadata.uid": pod.metadata.uid,
    "metadata.labels": lines(pod.metadata.labels),
    "metadata.annotations": lines(pod.metadata.annotations),
    "spec.nodeName": pod.spec.nodeName,
    "spec.serviceAccountName": pod.spec.serviceAccountName ?? "default",
    "status.hostIP": sources.hostIp,
    "status.hostIPs": sources.hostIp,
    "status.podIP": sources.podIp,
    "status.podIPs": sources.podIp,
  };
  return fields[path];
}

/**
 * `limits.cpu` and its like, in units of the divisor, rounded up. What a container does not limit is limited by the
 * node: `allocatable`.
 */
export function resourceField(
  pod: Pod,
  own: Container,
  ref: NonNullable<EnvVarSource["resourceFieldRef"]>,
  allocatable: Readonly<Record<string, Quantity>> = {},
): string {
  const named = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((c) => c.name === ref.containerName);
  const { resources } = named ?? own;
  const [part = "", ...rest] = ref.resource.split(".");
  const resource = rest.join(".");
  const limit = resources?.limits?.[resource] ?? allocatable[resource];
  const amount = part === "limits" ? limit : resources?.requests?.[resource];
  const unit = parseQuantity(ref.divisor ?? "1").nano || oneInNano;
  return String((parseQuantity(amount ?? "0").nano + unit - 1n) / unit);
}

function fromMap(
  kind: string,
  ref: { readonly name: string; readonly key: string; readonly optional?: boolean },
  data: Readonly<Record<string, string>> | undefined,
): string | undefined {
  const value = data?.[ref.key];
  if (value !== undefined || ref.optional) return value;
  throw new ConfigError(
    data ? `couldn't find key ${ref.key} in ${kind} ${ref.name}` : `${kind.toLowerCase()} "${ref.name}" not found`,
  );
}

function valueFrom(pod: Pod, container: Container, source: EnvVarSource, sources: EnvSources): string | undefined {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = source;
  if (fieldRef) return podField(pod, fieldRef.fieldPath, sources) ?? "";
  if (resourceFieldRef) return resourceField(pod, container, resourceFieldRef, sources.allocatable);
  if (configMapKeyRef) return fromMap("ConfigMap", configMapKeyRef, sources.configMap(configMapKeyRef.name));
  if (secretKeyRef) return fromMap("Secret", secretKeyRef, sources.secret(secretKeyRef.name));
  return undefined;
}

/** The container's variables over `links` (those of Services), later ones over earlier ones. Throws ConfigError. */
export function containerEnv(
  pod: Pod,
  container: Container,
  sources: EnvSources,
  links: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const env: Record<string, string> = { ...links };
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const ref = configMapRef ?? secretRef;
    const data = configMapRef ? sources.configMap(configMapRef.name) : sources.secret(secretRef?.name ?? "");
    if (!data && !ref?.optional)
      throw new ConfigError(`${configMapRef ? "configmap" : "secret"} "${ref?.name}" not found`);
    for (const [key, value] of Object.entries(data ?? {})) env[prefix + key] = value;
  }
  for (const { name, value = "", valueFrom: source } of container.env ?? []) {
    const resolved = source ? valueFrom(pod, container, source, sources) : expand(value, env);
    if (resolved !== undefined) env[name] = resolved;
  }
  return env;
}

/** What an image starts where a container says nothing. */
export interface ImageCommand {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
}

/**
 * Command and arguments with `$(VAR)` expanded, the image's own where the container names none: its entry point stays
 * before arguments, its command goes with its entry point alone. Undefined when nobody names any.
 */
export function containerCommand(
  { command, args }: Container,
  env: Readonly<Record<string, string>>,
  image: ImageCommand = {},
): readonly string[] | undefined {
  const own = (words: readonly string[] = []) => words.map((word) => expand(word, env));
  const entrypoint = command?.length ? own(command) : (image.entrypoint ?? []);
  const rest = args?.length || command?.length ? own(args) : (image.command ?? []);
  const words = [...entrypoint, ...rest];
  return words.length > 0 ? words : undefined;
}

/** `NAME_SERVICE_HOST`, `NAME_SERVICE_PORT` and `NAME_SERVICE_PORT_<PORT>` of every Service that has an address. */
export function serviceLinks(
  services: readonly Service[],
  addressOf: (service: Service) => string | undefined,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const service of services) {
    const { clusterIP, ports = [] } = service.spec;
    const address = clusterIP && clusterIP !== "None" ? addressOf(service) : undefined;
    if (!address) continue;
    const prefix = variableName(service.metadata.name ?? "");
    env[`${prefix}_SERVICE_HOST`] = address;
    const [first] = ports;
    if (first) env[`${prefix}_SERVICE_PORT`] = String(first.port);
    for (const { name, port } of ports) if (name) env[`${prefix}_SERVICE_PORT_${variableName(name)}`] = String(port);
  }
  return env;
}

const variableName = (name: string) => name.toUpperCase().replaceAll("-", "_");
