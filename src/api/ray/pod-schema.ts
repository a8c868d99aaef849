/**
 * Pod templates and Services inside ray.io objects: described where merging by key and clear refusals need it, all else
 * kept as it is. Small on purpose: with whole pod schemas `kubectl apply` could not install the definitions.
 */

const string = { type: "string" } as const;
const integer = { type: "integer", format: "int32" } as const;
const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true } as const;
const stringMap = { type: "object", additionalProperties: string } as const;
const quantity = { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true } as const;
const intOrString = quantity;

const open = (properties: object, required: readonly string[] = []) => ({
  ...anything,
  properties,
  ...(required.length > 0 && { required }),
});
const keyed = (key: string, items: object) => ({
  type: "array",
  items,
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": [key],
});
const listOf = (items: object) => ({ type: "array", items });

export const resourceRequirements = open({
  limits: { type: "object", additionalProperties: quantity },
  requests: { type: "object", additionalProperties: quantity },
});

export const envVar = open({ name: string, value: string, valueFrom: anything }, ["name"]);
export const volumeMount = open({ name: string, mountPath: string, subPath: string, readOnly: { type: "boolean" } }, [
  "mountPath",
  "name",
]);

const container = open(
  {
    name: string,
    image: string,
    imagePullPolicy: string,
    command: listOf(string),
    args: listOf(string),
    workingDir: string,
    env: keyed("name", envVar),
    envFrom: listOf(anything),
    ports: listOf(
      open({ name: string, containerPort: integer, hostPort: integer, protocol: string }, ["containerPort"]),
    ),
    resources: resourceRequirements,
    volumeMounts: keyed("mountPath", volumeMount),
  },
  ["name"],
);

export const objectMeta = {
  type: "object",
  properties: {
    name: string,
    namespace: string,
    labels: stringMap,
    annotations: stringMap,
    finalizers: listOf(string),
  },
} as const;

export const podTemplate = {
  type: "object",
  properties: {
    metadata: objectMeta,
    spec: open(
      {
        containers: keyed("name", container),
        initContainers: keyed("name", container),
        volumes: keyed("name", open({ name: string }, ["name"])),
        restartPolicy: string,
        nodeSelector: stringMap,
        serviceAccountName: string,
        tolerations: listOf(anything),
        imagePullSecrets: listOf(anything),
      },
      ["containers"],
    ),
  },
} as const;

export const embeddedService = {
  type: "object",
  properties: {
    apiVersion: string,
    kind: string,
    metadata: objectMeta,
    spec: open({
      type: string,
      clusterIP: string,
      selector: stringMap,
      ports: listOf(open({ name: string, port: integer, targetPort: intOrString, protocol: string }, ["port"])),
    }),
    status: anything,
  },
} as const;
