/** The Secret by which an experiment's containers reach its buckets. It goes when the experiment is deleted. Pure. */
import { Secret } from "../../../api/core/kinds.ts";
import type { EnvFromSource } from "../../../api/core/pod.ts";
import { storageSecretNameOf } from "../../../api/experiment/labels.ts";
import type { Experiment } from "../../../api/experiment/types.ts";
import type { SupportObject } from "../../../manifest/index.ts";

const nameOf = ({ metadata }: Experiment) => storageSecretNameOf(metadata.name ?? "");

export const storageEnvFrom = (root: Experiment): EnvFromSource => ({ secretRef: { name: nameOf(root) } });

export function storageSecret(root: Experiment, stringData: Readonly<Record<string, string>>): SupportObject {
  const metadata = { name: nameOf(root), namespace: root.metadata.namespace };
  const object = { apiVersion: "v1", kind: Secret.kind, metadata, stringData };
  return { kind: Secret, object };
}
