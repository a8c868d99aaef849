/** Finds the store of an experiment's outputs, by what its status says. */
import { Secret as SecretKind } from "../../api/core/kinds.ts";
import { storageSecretNameOf } from "../../api/experiment/labels.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import type { KubeObject } from "../../meta/object.ts";
import type { S3Access } from "../../controllers/experiment/compile/storage.ts";
import { outputsErrors } from "../errors/outputs.ts";
import { storageErrors } from "../errors/storage.ts";
import { ifThere, nameOf } from "../experiments/find.ts";
import type { Io } from "../program/io.ts";
import { forThisMachine, hasKeys, s3AccessOf } from "../storage/s3-access.ts";
import { parsePlace } from "../storage/s3-client.ts";
import type { Target } from "../connect/target.ts";
import { bucketStore } from "./bucket-store.ts";
import { folderStore } from "./folder-store.ts";
import type { OutputStore } from "./store.ts";

interface SecretObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** As the experiment's own containers reach it, or as the environment says where one may not read the Secret. */
async function accessOf(io: Io, { client, namespace }: Target, experiment: Experiment): Promise<S3Access> {
  const ref = { kind: SecretKind, namespace, name: storageSecretNameOf(nameOf(experiment)) };
  const secret = await ifThere(client.get<SecretObject>(ref));
  if (!secret) return s3AccessOf(io.env);
  const entries = Object.entries(secret.data ?? {});
  const variables = entries.map(([name, value]) => [name, Buffer.from(value, "base64").toString()]);
  return forThisMachine(s3AccessOf(Object.fromEntries(variables) as Record<string, string>));
}

/** Throws UserError for an experiment without outputs, or whose outputs are out of reach from here. */
export async function openStore(io: Io, target: Target, experiment: Experiment): Promise<OutputStore> {
  const place = experiment.status?.outputs;
  const name = nameOf(experiment);
  if (place === undefined) throw outputsErrors.NO_OUTPUTS_PLACE(name);
  const bucket = parsePlace(place);
  if (bucket) {
    const access = await accessOf(io, target, experiment);
    if (!hasKeys(access)) throw storageErrors.STORAGE_KEYS(place);
    return bucketStore(place, bucket, access);
  }
  if (!target.local) throw outputsErrors.OUTPUTS_ELSEWHERE(name, place);
  return folderStore(place);
}
