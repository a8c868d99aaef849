/**
 * The schema of Job and pod templates inside a JobSet: described where defaults, merging by key or rules need it,
 * everything below passed on as it is. The Job API judges the rest when the Jobs are made.
 */

import { containerListRules, containerRules, jobSpecRules } from "./crd-rules.ts";

export const string = { type: "string" } as const;
export const integer = { type: "integer", format: "int32" } as const;
export const boolean = { type: "boolean" } as const;
export const stringMap = { type: "object", additionalProperties: string } as const;
/** An object whose members are none of our business. */
export const opaque = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;

type Properties = Readonly<Record<string, unknown>>;

export const open = (properties: Properties, more: Properties = {}) => ({ ...opaque, properties, ...more });

export const listMap = (key: string | readonly string[], items: unknown, maxItems?: number) => ({
  type: "array",
  items,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": typeof key === "string" ? [key] : key,
  ...(maxItems !== undefined && { maxItems }),
});

export const atomicList = (items: unknown, maxItems?: number) => ({
  type: "array",
  items,
  "x-kubernetes-list-type": "atomic",
  ...(maxItems !== undefined && { maxItems }),
});

/** The five keys of metadata that templates keep. Defaulted, as Go clients always send it. */
export const templateMeta = {
  type: "object",
  default: {},
  properties: {
    name: { type: "string", maxLength: 253 },
    namespace: { type: "string", maxLength: 253 },
    labels: { ...stringMap },
    annotations: { ...stringMap },
    finalizers: { type: "array", items: string },
  },
};

const quantities = {
  type: "object",
  additionalProperties: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
};

const protocol = { type: "string", default: "TCP" };
const port = open(
  { name: string, containerPort: integer, hostPort: integer, hostIP: string, protocol },
  { required: ["containerPort"] },
);

const container = open(
  {
    name: string,
    image: { type: "string", maxLength: 512 },
    command: atomicList(string, 4096),
    args: atomicList(string, 4096),
    workingDir: string,
    env: listMap("name", open({ name: string, value: string }, { required: ["name"] })),
    ports: listMap(["containerPort", "protocol"], port),
    resources: open({ requests: quantities, limits: quantities }),
    volumeMounts: listMap("mountPath", open({ name: string, mountPath: string }, { required: ["mountPath", "name"] })),
    restartPolicy: string,
  },
  { required: ["name"], "x-kubernetes-validations": containerRules },
);
const containers = { ...listMap("name", container, 64), "x-kubernetes-validations": containerListRules };

const toleration = open({
  key: string,
  operator: string,
  value: string,
  effect: string,
  tolerationSeconds: { type: "integer", format: "int64" },
});

const podSpec = open(
  {
    containers,
    initContainers: containers,
    volumes: listMap("name", open({ name: string }, { required: ["name"] })),
    // As the Job API will have it.
    restartPolicy: { type: "string", default: "OnFailure", enum: ["OnFailure", "Never"] },
    nodeSelector: { ...stringMap, "x-kubernetes-map-type": "atomic" },
    tolerations: atomicList(toleration),
    schedulingGates: listMap("name", { type: "object", required: ["name"], properties: { name: string } }),
    imagePullSecrets: listMap("name", { type: "object", properties: { name: { ...string, default: "" } } }),
    affinity: opaque,
    serviceAccountName: string,
    subdomain: string,
    hostNetwork: boolean,
    schedulerName: string,
    priorityClassName: string,
    priority: integer,
    runtimeClassName: string,
  },
  { required: ["containers"] },
);

const jobSpec = open(
  {
    parallelism: integer,
    completions: integer,
    completionMode: { type: "string", default: "Indexed" },
    backoffLimit: integer,
    backoffLimitPerIndex: integer,
    maxFailedIndexes: integer,
    activeDeadlineSeconds: { type: "integer", format: "int64" },
    ttlSecondsAfterFinished: integer,
    suspend: boolean,
    managedBy: string,
    podReplacementPolicy: string,
    podFailurePolicy: opaque,
    successPolicy: opaque,
    template: { type: "object", required: ["spec"], properties: { metadata: templateMeta, spec: podSpec } },
  },
  { required: ["template"], "x-kubernetes-validations": jobSpecRules },
);

/** batch/v1 JobTemplateSpec. */
export const jobTemplate = {
  type: "object",
  required: ["spec"],
  properties: { metadata: templateMeta, spec: jobSpec },
};

const claimMeta = {
  ...templateMeta,
  properties: {
    ...templateMeta.properties,
    name: {
      type: "string",
      maxLength: 63,
      pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    },
  },
};

const empty = { ...opaque, default: {} };

/** A PersistentVolumeClaim as a template; with the empty objects that Go clients always send. */
export const claimTemplate = {
  type: "object",
  properties: {
    apiVersion: string,
    kind: string,
    metadata: claimMeta,
    spec: open({ resources: empty }, { default: {} }),
    status: empty,
  },
};
