/** The defaults of core/v1 pod specs: shared by pods and by every template of pods. */

export type Json = Readonly<Record<string, unknown>>;

const map = (value: unknown, change: (item: Json) => Json): unknown =>
  Array.isArray(value)
    ? value.map((item) => (typeof item === "object" && item !== null ? change(item as Json) : item))
    : value;

/** `fallbacks` below the object's own fields; an empty string counts as absent. */
function fill(object: Json, fallbacks: Json): Json {
  const missing = Object.entries(fallbacks).filter(
    ([key]) => object[key] === undefined || object[key] === null || object[key] === "",
  );
  return missing.length === 0 ? object : { ...object, ...Object.fromEntries(missing) };
}

/** Changes a member if it is there. */
const within = (object: Json, key: string, change: (value: Json) => Json): Json => {
  const value = object[key];
  return typeof value === "object" && value !== null ? { ...object, [key]: change(value as Json) } : object;
};

const defaultHttpGet = (action: Json): Json => fill(action, { path: "/", scheme: "HTTP" });

const defaultProbe = (probe: Json): Json =>
  fill(
    within(within(probe, "httpGet", defaultHttpGet), "grpc", (grpc) => ({ service: "", ...grpc })),
    {
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    },
  );

const defaultHandler = (handler: Json): Json => within(handler, "httpGet", defaultHttpGet);
const defaultLifecycle = (lifecycle: Json): Json =>
  within(within(lifecycle, "postStart", defaultHandler), "preStop", defaultHandler);

const defaultEnv = (variable: Json): Json =>
  within(variable, "valueFrom", (from) => within(from, "fieldRef", (ref) => fill(ref, { apiVersion: "v1" })));

/** Limits stand in for requests that are not given. */
function defaultResources(resources: Json): Json {
  const limits = resources["limits"] as Json | undefined;
  if (!limits || Object.keys(limits).length === 0) return resources;
  return { ...resources, requests: { ...limits, ...(resources["requests"] as Json | undefined) } };
}

/** Images that name no tag, or `latest`, are always pulled. */
function pullPolicyOf(image: unknown): string {
  const text = typeof image === "string" ? image : "";
  if (text.includes("@")) return "IfNotPresent";
  const tag = /:([^/:]+)$/.exec(text)?.[1];
  return tag === undefined || tag === "latest" ? "Always" : "IfNotPresent";
}

function defaultContainer(container: Json): Json {
  const filled = fill(container, {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: pullPolicyOf(container["image"]),
    resources: {},
  });
  const probed = ["livenessProbe", "readinessProbe", "startupProbe"].reduce(
    (object, key) => within(object, key, defaultProbe),
    within(filled, "lifecycle", defaultLifecycle),
  );
  const result: Record<string, unknown> = { ...within(probed, "resources", defaultResources) };
  if (result["env"]) result["env"] = map(result["env"], defaultEnv);
  if (result["ports"]) result["ports"] = map(result["ports"], (port) => fill(port, { protocol: "TCP" }));
  return result;
}

const defaultItem = (item: Json): Json => within(item, "fieldRef", (ref) => fill(ref, { apiVersion: "v1" }));

const modes: Readonly<Record<string, Json>> = {
  configMap: { defaultMode: 420 },
  secret: { defaultMode: 420 },
  downwardAPI: { defaultMode: 420 },
  projected: { defaultMode: 420 },
  hostPath: { type: "" },
};

function defaultSource(source: Json): Json {
  const token = within(source, "serviceAccountToken", (value) => fill(value, { expirationSeconds: 3600 }));
  return within(token, "downwardAPI", (value) => ({
    ...value,
    ...(value["items"] ? { items: map(value["items"], defaultItem) } : {}),
  }));
}

const sourceless = (volume: Json): boolean =>
  Object.keys(volume).every((key) => key === "name" || volume[key] === undefined);

function defaultVolume(volume: Json): Json {
  if (sourceless(volume)) return { ...volume, emptyDir: {} };
  const filled = Object.entries(modes).reduce(
    (object, [key, mode]) =>
      within(object, key, (value) => ("type" in mode ? { ...mode, ...value } : fill(value, mode))),
    volume,
  );
  const projected = within(filled, "projected", (value) => ({
    ...value,
    sources: map(value["sources"], defaultSource),
  }));
  const downward = within(projected, "downwardAPI", (value) => ({
    ...value,
    ...(value["items"] ? { items: map(value["items"], defaultItem) } : {}),
  }));
  return within(downward, "ephemeral", (value) =>
    within(value, "volumeClaimTemplate", (template) =>
      within(template, "spec", (spec) => fill(spec, { volumeMode: "Filesystem" })),
    ),
  );
}

/** With the host's network every container port is a host port. */
const hostPorts = (container: Json): Json => ({
  ...container,
  ...(container["ports"]
    ? { ports: map(container["ports"], (port) => fill(port, { hostPort: port["containerPort"] })) }
    : {}),
});

export function defaultPodSpec(spec: Json, fallbackRestartPolicy = "Always"): Json {
  const filled = fill(spec, {
    restartPolicy: fallbackRestartPolicy,
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  });
  const account = (filled["serviceAccountName"] || filled["serviceAccount"]) as string | undefined;
  const result: Record<string, unknown> = { ...filled };
  if (account) Object.assign(result, { serviceAccountName: account, serviceAccount: account });
  const defaultOne = filled["hostNetwork"] === true ? (c: Json) => hostPorts(defaultContainer(c)) : defaultContainer;
  for (const key of ["containers", "initContainers"]) if (result[key]) result[key] = map(result[key], defaultOne);
  if (result["volumes"]) result["volumes"] = map(result["volumes"], defaultVolume);
  return result;
}

/** A `PodTemplateSpec` with its spec's defaults. */
export function defaultTemplate(template: unknown): Json {
  const given = (typeof template === "object" && template !== null ? template : {}) as Json;
  return { ...given, spec: defaultPodSpec((given["spec"] ?? {}) as Json) };
}
