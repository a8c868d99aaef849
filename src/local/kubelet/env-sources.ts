/** Reads the ConfigMaps and Secrets that a container, and its pod's volumes, name: now, for each start anew. */
import { ConfigMap, Secret } from "../../api/core/kinds.ts";
import type { Container, Pod } from "../../api/core/pod.ts";
import type { Kind, KubeObject } from "../../api/meta/object.ts";
import type { Client } from "../../kube/client.ts";
import { isNotFound } from "../../kube/errors.ts";
import type { EnvSources } from "./env.ts";

type Data = Readonly<Record<string, string>>;
type Names = readonly (string | undefined)[];

export interface SourceRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly podIp: string;
  readonly hostIp: string;
}

async function readAll(
  client: Client,
  kind: Kind,
  namespace: string | undefined,
  names: Names,
): Promise<ReadonlyMap<string, Data>> {
  const found = new Map<string, Data>();
  for (const name of new Set(names)) {
    if (name === undefined) continue;
    try {
      const object = await client.get<KubeObject & { readonly data?: Data }>({ kind, namespace, name });
      found.set(name, object.data ?? {});
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return found;
}

const decode = (data: Data): Data =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));

interface ProjectedSource {
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly name: string };
}

export async function readSources(
  client: Client,
  { pod, container, podIp, hostIp }: SourceRequest,
): Promise<EnvSources> {
  const { namespace } = pod.metadata;
  const { env = [], envFrom = [] } = container;
  const volumes = pod.spec.volumes ?? [];
  const projected = volumes.flatMap(({ projected: volume }) => (volume?.sources ?? []) as readonly ProjectedSource[]);
  const configMaps = [
    ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
    ...envFrom.map(({ configMapRef }) => configMapRef?.name),
    ...volumes.map(({ configMap }) => configMap?.name),
    ...projected.map(({ configMap }) => configMap?.name),
  ];
  const secrets = [
    ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ...envFrom.map(({ secretRef }) => secretRef?.name),
    ...volumes.map(({ secret }) => secret?.secretName),
    ...projected.map(({ secret }) => secret?.name),
  ];
  const [maps, hidden] = await Promise.all([
    readAll(client, ConfigMap, namespace, configMaps),
    readAll(client, Secret, namespace, secrets),
  ]);
  return {
    podIp,
    hostIp,
    configMap: (name) => maps.get(name),
    secret: (name) => {
      const data = hidden.get(name);
      return data && decode(data);
    },
  };
}
