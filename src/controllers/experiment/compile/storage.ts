/**
 * Where an experiment's inputs, outputs and checkpoints are: folders of the node, or prefixes of S3 buckets; and the
 * variables and volumes by which its containers find them. Pure.
 */
import type { Experiment } from "../../../api/experiment/types.ts";
import type { HostMount } from "../../../manifest/index.ts";

/** How to reach S3. */
export interface S3Access {
  readonly endpoint?: string;
  readonly region?: string;
  /** `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. */
  readonly credentials: Readonly<Record<string, string>>;
}

export interface Storage {
  /** Folder or `s3://BUCKET/PREFIX`; each experiment has a folder of its own below it, named by its id. */
  readonly outputs?: string;
  /** Folder or `s3://BUCKET/PREFIX`, the same for all experiments; they only read it. */
  readonly inputs?: string;
  readonly s3?: S3Access;
}

export interface ExperimentStorage {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly mounts: readonly HostMount[];
  /** What outlives the experiment; absent where the cluster keeps nothing. */
  readonly outputs?: string;
  /** How containers reach S3, as variables that travel in a Secret. */
  readonly s3?: Readonly<Record<string, string>>;
}

export const isBucket = (place: string): boolean => place.startsWith("s3://");

const trimmed = (place: string) => place.replace(/(?<=.)\/+$/, "");

/** A folder is mounted where it is on the node, so that one path holds inside and outside of a pod, and without mounts. */
function folderMount(name: string, path: string | undefined, readOnly: boolean): readonly HostMount[] {
  if (path === undefined || isBucket(path)) return [];
  return [{ name, hostPath: path, mountPath: path, readOnly, type: "DirectoryOrCreate" }];
}

/** Every name by which programs of any age look for S3. */
function s3Env({ endpoint, region, credentials }: S3Access): Readonly<Record<string, string>> {
  const places = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AICHOR_AWS_ENDPOINT_URL", "S3_ENDPOINT"];
  const regions = ["AWS_REGION", "AWS_DEFAULT_REGION"];
  return {
    ...(endpoint && Object.fromEntries(places.map((name) => [name, endpoint]))),
    ...(region && Object.fromEntries(regions.map((name) => [name, region]))),
    ...credentials,
  };
}

/** `id`: of the experiment. Its checkpoints are in its outputs, or in those of the experiment that it resumes. */
export function storageOf({ spec }: Experiment, id: string, { outputs, inputs, s3 }: Storage): ExperimentStorage {
  const root = outputs && trimmed(outputs);
  const output = root && `${root}/${id}`;
  const checkpoints = root && `${root}/${spec.resumeFrom ?? id}/checkpoints`;
  const logs = output && `${output}/tensorboard`;
  const input = inputs && trimmed(inputs);
  const access = [root, input].some((place) => place && isBucket(place)) ? s3 : undefined;
  return {
    env: {
      AICHOR_INPUT_PATH: input,
      AICHOR_OUTPUT_PATH: output,
      AICHOR_OUTPUT_BUCKET_NAME: root && isBucket(root) ? root.split("/")[2] : undefined,
      AICHOR_TENSORBOARD_PATH: logs,
      AICHOR_LOGS_PATH: logs,
      AICHOR_LOCAL_LOGS_PATH: root && !isBucket(root) ? logs : undefined,
      WINDLASS_CHECKPOINT_PATH: checkpoints,
    },
    mounts: [
      ...folderMount("inputs", input, true),
      ...folderMount("outputs", output, false),
      ...folderMount("checkpoints", checkpoints, false),
    ],
    ...(output && { outputs: output }),
    ...(access && { s3: s3Env(access) }),
  };
}
