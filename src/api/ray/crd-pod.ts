/**
 * The parts every ray.io definition shares: pod templates, Services and conditions inside a custom resource. Described where
 * merging by key, quantities or defaults need it; every level keeps what it does not know, so nothing of a pod is ever pruned.
 */

export type Properties = Readonly<Record<string, unknown>>;

export const string = { type: "string" } as const;
export const boolean = { type: "boolean" } as const;
export const int32 = { type: "integer", format: "int32" } as const;
export const int64 = { type: "integer", format: "int64" } as const;
export const number = { type: "number" } as const;
export const time = { type: "string", format: "date-time" } as const;
export const stringMap = { type: "object", additionalProperties: string } as const;
export const oneOf = (...values: readonly string[]) => ({ type: "string", enum: values });
export const listOf = (items: unknown) => ({ type: "array", items });
export const object = (properties: Properties, more: Properties = {}) => ({ type: "object", properties, ...more });

/** An object of Kubernetes' own API: judged by the API server when it is made, kept whole here. */
export const opaque = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;
export const open = (properties: Properties, more: Properties = {}) => ({ ...opaque, properties, ...more });

export const listMap = (keys: readonly string[], items: unknown) => ({
  type: "array",
  items,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": keys,
});

const decimal = "([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+)";
export const quantity = {
  "x-kubernetes-int-or-string": true,
  anyOf: [{ type: "integer" }, { type: "string" }],
  pattern: `^(\\+|-)?(${decimal})(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(${decimal})))?$`,
};
const quantities = { type: "object", additionalProperties: quantity };
export const resources = open({ requests: quantities, limits: quantities });

/** What templates keep of metadata; all else in it means nothing before an object exists, and is pruned. */
const templateMeta = object({
  name: string,
  namespace: string,
  labels: stringMap,
  annotations: stringMap,
  finalizers: listOf(string),
});

export const envVar = open({ name: string, value: string, valueFrom: opaque }, { required: ["name"] });
export const volumeMount = open(
  { name: string, mountPath: string, subPath: string, readOnly: boolean },
  { required: ["mountPath", "name"] },
);
const port = open(
  { name: string, containerPort: int32, hostPort: int32, protocol: { ...string, default: "TCP" } },
  { required: ["containerPort"] },
);

const container = open(
  {
    name: string,
    image: string,
    imagePullPolicy: string,
    command: listOf(string),
    args: listOf(string),
    workingDir: string,
    env: listMap(["name"], envVar),
    envFrom: listOf(opaque),
    ports: listMap(["containerPort", "protocol"], port),
    resources,
    volumeMounts: listMap(["mountPath"], volumeMount),
    securityContext: opaque,
    livenessProbe: opaque,
    readinessProbe: opaque,
    startupProbe: opaque,
    lifecycle: opaque,
    restartPolicy: string,
  },
  { required: ["name"] },
);

const podSpec = open(
  {
    containers: listMap(["name"], container),
    initContainers: listMap(["name"], container),
    volumes: listMap(["name"], open({ name: string }, { required: ["name"] })),
    restartPolicy: string,
    nodeSelector: { ...stringMap, "x-kubernetes-map-type": "atomic" },
    tolerations: listOf(opaque),
    affinity: opaque,
    imagePullSecrets: listMap(["name"], object({ name: { ...string, default: "" } })),
    serviceAccountName: string,
    schedulerName: string,
    priorityClassName: string,
    runtimeClassName: string,
    hostNetwork: boolean,
    securityContext: opaque,
    terminationGracePeriodSeconds: int64,
  },
  { required: ["containers"] },
);

export const podTemplate = open({ metadata: templateMeta, spec: podSpec });

export const service = object({
  apiVersion: string,
  kind: string,
  metadata: templateMeta,
  spec: open({ type: string, clusterIP: string, selector: { ...stringMap, "x-kubernetes-map-type": "atomic" } }),
  status: opaque,
});

/** metav1.Condition. */
const condition = object(
  {
    type: { type: "string", maxLength: 316 },
    status: oneOf("True", "False", "Unknown"),
    reason: { type: "string", minLength: 1, maxLength: 1024, pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$" },
    message: { type: "string", maxLength: 32768 },
    lastTransitionTime: time,
    observedGeneration: { ...int64, minimum: 0 },
  },
  { required: ["lastTransitionTime", "message", "reason", "status", "type"] },
);
export const conditions = listMap(["type"], condition);
