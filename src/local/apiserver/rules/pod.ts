/** Pods and pod templates: the API server's defaults and checks. Pure. */
import type { Container, EnvVar, Pod, PodSpec, Probe, Volume } from "../../../api/core/pod.ts";
import type { UnknownObject } from "../../../api/meta/object.ts";
import { deepEqual } from "../../../machinery/deep-equal.ts";
import { isDns1123Label } from "../../../machinery/names.ts";
import { compareQuantities, isQuantity, parseQuantity } from "../../../machinery/quantity.ts";
import { type FieldError, fieldAt } from "../../../machinery/schema/types.ts";
import type { Rules } from "../resource.ts";

function pullPolicy(image: string): "Always" | "IfNotPresent" {
  const last = image.slice(image.lastIndexOf("/") + 1);
  if (image.includes("@")) return "IfNotPresent";
  return !last.includes(":") || last.endsWith(":latest") ? "Always" : "IfNotPresent";
}

function defaultProbe(probe: Probe | undefined): Probe | undefined {
  if (!probe) return undefined;
  const { httpGet, ...rest } = probe;
  return {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
    ...rest,
    ...(httpGet && { httpGet: { path: "/", scheme: "HTTP" as const, ...httpGet } }),
  };
}

function defaultEnv(env: EnvVar): EnvVar {
  const fieldRef = env.valueFrom?.fieldRef;
  return fieldRef ? { ...env, valueFrom: { fieldRef: { apiVersion: "v1", ...fieldRef } } } : env;
}

function defaultContainer(container: Container): Container {
  const { resources = {}, ports, env, image = "", livenessProbe, readinessProbe, startupProbe } = container;
  const requests = { ...resources.limits, ...resources.requests };
  return {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: pullPolicy(image),
    ...container,
    resources: Object.keys(requests).length > 0 ? { ...resources, requests } : resources,
    ...(ports && { ports: ports.map((port) => ({ protocol: "TCP" as const, ...port })) }),
    ...(env && { env: env.map(defaultEnv) }),
    ...(livenessProbe && { livenessProbe: defaultProbe(livenessProbe) }),
    ...(readinessProbe && { readinessProbe: defaultProbe(readinessProbe) }),
    ...(startupProbe && { startupProbe: defaultProbe(startupProbe) }),
  };
}

function defaultVolume(volume: Volume): Volume {
  const { configMap, secret, projected, downwardAPI } = volume;
  const sources = Object.keys(volume).length;
  return {
    ...volume,
    ...(configMap && { configMap: { defaultMode: 420, ...configMap } }),
    ...(secret && { secret: { defaultMode: 420, ...secret } }),
    ...(projected && { projected: { defaultMode: 420, ...projected } }),
    ...(downwardAPI && { downwardAPI: { defaultMode: 420, ...downwardAPI } }),
    ...(sources === 1 && { emptyDir: {} }),
  };
}

/** Defaults of a pod spec, in a pod or a template. */
export function defaultPodSpec(spec: PodSpec): PodSpec {
  return {
    restartPolicy: "Always",
    dnsPolicy: "ClusterFirst",
    terminationGracePeriodSeconds: 30,
    schedulerName: "default-scheduler",
    securityContext: {},
    ...spec,
    containers: (spec.containers ?? []).map(defaultContainer),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(defaultContainer) }),
    ...(spec.volumes && { volumes: spec.volumes.map(defaultVolume) }),
  };
}

type Found = FieldError[];

function checkResources(container: Container, path: string, found: Found): void {
  const { requests = {}, limits = {} } = container.resources ?? {};
  for (const [part, list] of Object.entries({ requests, limits })) {
    for (const [name, value] of Object.entries(list)) {
      const field = fieldAt(`${path}.resources.${part}`, name);
      if (!isQuantity(value)) found.push({ type: "Invalid", field, detail: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'", value });
      else if (parseQuantity(value).nano < 0n) found.push({ type: "Invalid", field, detail: "must be greater than or equal to 0", value });
    }
  }
  for (const [name, value] of Object.entries(requests)) {
    const limit = limits[name];
    if (limit === undefined || !isQuantity(value) || !isQuantity(limit)) continue;
    if (compareQuantities(parseQuantity(value), parseQuantity(limit)) > 0) {
      found.push({ type: "Invalid", field: `${path}.resources.requests`, detail: `must be less than or equal to ${name} limit of ${limit}`, value });
    }
  }
}

function checkContainer(container: Container, path: string, volumes: ReadonlySet<string>, found: Found): void {
  if (!container.name) found.push({ type: "Required", field: `${path}.name`, detail: "" });
  else for (const detail of isDns1123Label(container.name)) found.push({ type: "Invalid", field: `${path}.name`, detail, value: container.name });
  if (!container.image) found.push({ type: "Required", field: `${path}.image`, detail: "" });
  for (const [at, port] of (container.ports ?? []).entries()) {
    const valid = Number.isInteger(port.containerPort) && port.containerPort > 0 && port.containerPort < 65_536;
    if (!valid) found.push({ type: "Invalid", field: `${path}.ports[${at}].containerPort`, detail: "must be between 1 and 65535, inclusive", value: port.containerPort });
  }
  for (const [at, env] of (container.env ?? []).entries()) {
    if (!env.name) found.push({ type: "Required", field: `${path}.env[${at}].name`, detail: "" });
  }
  for (const [at, mount] of (container.volumeMounts ?? []).entries()) {
    if (!volumes.has(mount.name)) found.push({ type: "Invalid", field: `${path}.volumeMounts[${at}].name`, detail: `Not found: "${mount.name}"`, value: mount.name });
    if (!mount.mountPath) found.push({ type: "Required", field: `${path}.volumeMounts[${at}].mountPath`, detail: "" });
  }
  checkResources(container, path, found);
}

/** Checks of a pod spec, located below `path`. */
export function validatePodSpec(spec: PodSpec | undefined, path: string): readonly FieldError[] {
  const found: Found = [];
  const volumes = new Set((spec?.volumes ?? []).map((volume) => volume.name));
  if (!spec?.containers?.length) found.push({ type: "Required", field: `${path}.containers`, detail: "" });
  const names = new Set<string>();
  for (const list of ["initContainers", "containers"] as const) {
    for (const [at, container] of (spec?.[list] ?? []).entries()) {
      checkContainer(container, `${path}.${list}[${at}]`, volumes, found);
      if (names.has(container.name)) found.push({ type: "Duplicate", field: `${path}.${list}[${at}].name`, detail: "", value: container.name });
      names.add(container.name);
    }
  }
  const { restartPolicy } = spec ?? {};
  if (restartPolicy !== undefined && !["Always", "OnFailure", "Never"].includes(restartPolicy)) {
    found.push({ type: "NotSupported", field: `${path}.restartPolicy`, detail: 'supported values: "Always", "OnFailure", "Never"', value: restartPolicy });
  }
  return found;
}

function qosClass(spec: PodSpec): string {
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  const has = (container: Container, part: "requests" | "limits") => ["cpu", "memory"].some((name) => container.resources?.[part]?.[name] !== undefined);
  if (!all.some((container) => has(container, "requests") || has(container, "limits"))) return "BestEffort";
  const guaranteed = all.every((container) =>
    ["cpu", "memory"].every((name) => {
      const limit = container.resources?.limits?.[name];
      const request = container.resources?.requests?.[name];
      return limit !== undefined && request !== undefined && compareQuantities(parseQuantity(limit), parseQuantity(request)) === 0;
    }),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}

/** What may change in the spec of a pod that exists. */
function fixedPart(spec: PodSpec): unknown {
  const image = (container: Container) => ({ ...container, image: undefined });
  return {
    ...spec,
    containers: spec.containers.map(image),
    initContainers: spec.initContainers?.map(image),
    activeDeadlineSeconds: undefined,
    terminationGracePeriodSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
    // Bound once, through the binding subresource.
    nodeName: undefined,
    // Labels a gated pod's scheduling may still be narrowed by.
    nodeSelector: spec.schedulingGates?.length ? undefined : spec.nodeSelector,
  };
}

function validatePodUpdate(object: UnknownObject, before: UnknownObject): readonly FieldError[] {
  const pod = object as unknown as Pod;
  const old = before as unknown as Pod;
  if (deepEqual(fixedPart(pod.spec), fixedPart(old.spec))) return [];
  const detail =
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
  return [{ type: "Forbidden", field: "spec", detail }];
}

export const podRules: Rules = {
  defaults: (object) => {
    const spec = defaultPodSpec(((object as unknown as Pod).spec ?? { containers: [] }) as PodSpec);
    return { ...object, spec: { enableServiceLinks: true, serviceAccountName: "default", ...spec } };
  },
  prepare: (object) => {
    const { spec } = object as unknown as Pod;
    return { ...object, status: { phase: "Pending", qosClass: qosClass(spec) } };
  },
  validate: (object) => validatePodSpec((object as unknown as Pod).spec, "spec"),
  validateUpdate: validatePodUpdate,
  gracePeriod: (object) => {
    const { spec, status } = object as unknown as Pod;
    const over = status?.phase === "Succeeded" || status?.phase === "Failed";
    return spec.nodeName && !over ? (spec.terminationGracePeriodSeconds ?? 30) : 0;
  },
};
