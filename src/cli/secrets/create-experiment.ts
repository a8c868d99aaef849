/**
 * Creates an experiment, or a sweep of them, together with the Secret that holds its secrets. It names the Secret in the
 * experiment's `envFrom`, and owns it: the two go together. Values are in the Secret alone.
 */
import { Secret as SecretKind } from "../../api/core/kinds.ts";
import type { EnvFromSource } from "../../api/core/pod.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { experimentLabel, secretNameOf } from "../../api/experiment/labels.ts";
import type { Experiment, ExperimentSpec } from "../../api/experiment/types.ts";
import { apiVersionOf, type Kind, type KubeObject } from "../../meta/object.ts";
import { Sweep as SweepKind } from "../../api/sweep/kinds.ts";
import type { Sweep } from "../../api/sweep/types.ts";
import { secretErrors } from "../errors/secrets.ts";
import { ifThere } from "../experiments/find.ts";
import type { Target } from "../connect/target.ts";
import type { Secrets } from "./read-secrets.ts";

interface SecretObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? "";

function desiredSecret(owner: KubeObject, secrets: Secrets): SecretObject & { readonly type: string } {
  const data = Object.entries(secrets).map(([name, value]) => [name, Buffer.from(value).toString("base64")]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: secretNameOf(nameOf(owner)),
      namespace: owner.metadata.namespace,
      labels: {
        ...owner.metadata.labels,
        ...(owner.kind === ExperimentKind.kind && { [experimentLabel]: nameOf(owner) }),
      },
    },
    type: "Opaque",
    data: Object.fromEntries(data) as Record<string, string>,
  };
}

const ownerOf = (kind: Kind, { metadata }: KubeObject) => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  name: metadata.name ?? "",
  uid: metadata.uid ?? "",
});

interface Creation<T> {
  readonly kind: Kind;
  readonly object: T;
  /** The object with one more source of variables. */
  readonly taking: (source: EnvFromSource) => T;
}

/** The Secret is there before what needs it, so that no pod waits for it; it has its owner as soon as there is one. */
async function createWithSecret<T extends KubeObject>(
  { client, namespace }: Target,
  { kind, object, taking }: Creation<T>,
  secrets: Secrets,
): Promise<T> {
  if (Object.keys(secrets).length === 0) return client.create(kind, object);
  const ref = { kind: SecretKind, namespace, name: secretNameOf(nameOf(object)) };
  await client.create(SecretKind, desiredSecret(object, secrets));
  try {
    const created = await client.create(kind, taking({ secretRef: { name: ref.name } }));
    await client.patch(ref, { metadata: { ownerReferences: [ownerOf(kind, created)] } }, { type: "merge" });
    return created;
  } catch (error) {
    await ifThere(client.delete(ref));
    throw error;
  }
}

const withSource = (spec: ExperimentSpec, source: EnvFromSource): ExperimentSpec => ({
  ...spec,
  envFrom: [...(spec.envFrom ?? []), source],
});

export const createExperiment = (target: Target, object: Experiment, secrets: Secrets): Promise<Experiment> =>
  createWithSecret(
    target,
    { kind: ExperimentKind, object, taking: (source) => ({ ...object, spec: withSource(object.spec, source) }) },
    secrets,
  );

/** Its experiments share the Secret. */
export function createSweep(target: Target, object: Sweep, secrets: Secrets): Promise<Sweep> {
  const { spec } = object;
  const taking = (source: EnvFromSource) => ({
    ...object,
    spec: { ...spec, template: withSource(spec.template, source) },
  });
  return createWithSecret(target, { kind: SweepKind, object, taking }, secrets);
}

export interface EarlierSecrets {
  /** Of the experiment's own Secret; none when it was started without secrets. */
  readonly secrets: Secrets;
  /** What else it takes variables from. */
  readonly envFrom: readonly EnvFromSource[];
}

/** What an experiment was given, to be given to another one with `createExperiment`. */
export async function secretsOf(target: Target, experiment: Experiment): Promise<EarlierSecrets> {
  const own = secretNameOf(nameOf(experiment));
  const all = experiment.spec.envFrom ?? [];
  const envFrom = all.filter(({ secretRef }) => secretRef?.name !== own);
  if (envFrom.length === all.length) return { secrets: {}, envFrom };
  const { client, namespace } = target;
  const found = await ifThere(client.get<SecretObject>({ kind: SecretKind, namespace, name: own }));
  if (!found) throw secretErrors.SECRET_GONE(own, nameOf(experiment));
  const entries = Object.entries(found.data ?? {});
  const secrets = entries.map(([name, value]) => [name, Buffer.from(value, "base64").toString()]);
  return { secrets: Object.fromEntries(secrets) as Record<string, string>, envFrom };
}
