/** Reads the ConfigMaps and Secrets that a container, and the volumes it mounts, name: now, for each start anew. */
import { ConfigMap, Secret } from "../../api/core/kinds.ts";
import type { Container, Pod } from "../../api/core/pod.ts";
import type { Kind, KubeObject } from "../../meta/object.ts";
import type { Client } from "../../kube/client.ts";
import { isNotFound } from "../../kube/errors.ts";
import type { EnvSources } from "./env.ts";

type Data = Readonly<Record<string, string>>;

const decode = (data: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));

interface NamedSource {
  readonly configMap?: { readonly name?: string };
  readonly secret?: { readonly name?: string };
}

/** ConfigMaps and Secrets that the container's environment or one of its volumes names. */
function referred(
  pod: Pod,
  container: Container,
): { readonly maps: readonly string[]; readonly secrets: readonly string[] } {
  const mounted = new Set(container.volumeMounts?.map(({ name }) => name));
  const volumes = (pod.spec.volumes ?? []).filter(({ name }) => mounted.has(name));
  const projected = volumes.flatMap(({ projected: p }) => (p?.sources ?? []) as readonly NamedSource[]);
  const env = container.env ?? [];
  const envFrom = container.envFrom ?? [];
  const named = (list: readonly (string | undefined)[]) => [...new Set(list.filter((name) => name !== undefined))];
  return {
    maps: named([
      ...env.map((e) => e.valueFrom?.configMapKeyRef?.name),
      ...envFrom.map((e) => e.configMapRef?.name),
      ...volumes.map((v) => v.configMap?.name),
      ...projected.map((s) => s.configMap?.name),
    ]),
    secrets: named([
      ...env.map((e) => e.valueFrom?.secretKeyRef?.name),
      ...envFrom.map((e) => e.secretRef?.name),
      ...volumes.map((v) => v.secret?.secretName),
      ...projected.map((s) => s.secret?.name),
    ]),
  };
}

interface WithData extends KubeObject {
  readonly data?: Data;
  readonly binaryData?: Data;
}

/** Data by name; what does not exist is not in it. */
async function read(client: Client, kind: Kind, namespace: string | undefined, names: readonly string[]) {
  const found = names.map(async (name) => {
    try {
      const object = await client.get<WithData>({ kind, namespace, name });
      const data =
        kind.kind === "Secret" ? decode(object.data ?? {}) : { ...object.data, ...decode(object.binaryData ?? {}) };
      return [[name, data] as const];
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  });
  return new Map((await Promise.all(found)).flat());
}

export async function readSources(
  client: Client,
  pod: Pod,
  container: Container,
): Promise<Pick<EnvSources, "configMap" | "secret">> {
  const { namespace } = pod.metadata;
  const names = referred(pod, container);
  const [maps, secrets] = await Promise.all([
    read(client, ConfigMap, namespace, names.maps),
    read(client, Secret, namespace, names.secrets),
  ]);
  return { configMap: (name) => maps.get(name), secret: (name) => secrets.get(name) };
}
