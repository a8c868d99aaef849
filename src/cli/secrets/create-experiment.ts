/**
 * Creates an experiment together with the Secret that holds its secrets. The Experiment names the Secret in
 * `spec.envFrom`, and owns it: the two go together. Values are in the Secret alone.
 */
import { Secret as SecretKind } from "../../api/core/kinds.ts";
import type { EnvFromSource } from "../../api/core/pod.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { experimentLabel, secretNameOf } from "../../api/experiment/labels.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { apiVersionOf, type KubeObject } from "../../api/meta/object.ts";
import { secretErrors } from "../errors/secrets.ts";
import { ifThere } from "../experiments.ts";
import type { Target } from "../target.ts";
import type { Secrets } from "./read-secrets.ts";

interface SecretObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

const nameOf = ({ metadata }: KubeObject): string => metadata.name ?? "";

function desiredSecret(experiment: Experiment, secrets: Secrets): SecretObject & { readonly type: string } {
  const data = Object.entries(secrets).map(([name, value]) => [name, Buffer.from(value).toString("base64")]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: secretNameOf(nameOf(experiment)),
      namespace: experiment.metadata.namespace,
      labels: { ...experiment.metadata.labels, [experimentLabel]: nameOf(experiment) },
    },
    type: "Opaque",
    data: Object.fromEntries(data) as Record<string, string>,
  };
}

const ownerOf = (experiment: Experiment) => ({
  apiVersion: apiVersionOf(ExperimentKind),
  kind: ExperimentKind.kind,
  name: nameOf(experiment),
  uid: experiment.metadata.uid ?? "",
});

/** The Secret is there before the Experiment, so that no pod waits for it; it has its owner as soon as there is one. */
export async function createExperiment(target: Target, experiment: Experiment, secrets: Secrets): Promise<Experiment> {
  const { client, namespace } = target;
  if (Object.keys(secrets).length === 0) return client.create(ExperimentKind, experiment);
  const ref = { kind: SecretKind, namespace, name: secretNameOf(nameOf(experiment)) };
  await client.create(SecretKind, desiredSecret(experiment, secrets));
  const envFrom: readonly EnvFromSource[] = [...(experiment.spec.envFrom ?? []), { secretRef: { name: ref.name } }];
  try {
    const created = await client.create(ExperimentKind, { ...experiment, spec: { ...experiment.spec, envFrom } });
    await client.patch(ref, { metadata: { ownerReferences: [ownerOf(created)] } }, { type: "merge" });
    return created;
  } catch (error) {
    await ifThere(client.delete(ref));
    throw error;
  }
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
