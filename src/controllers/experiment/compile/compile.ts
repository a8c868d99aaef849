/** An experiment's manifest as the workload to create: a RayJob or a JobSet, and what it needs beside it. Pure. */
import type { ImageSource } from "../../../api/experiment/source.ts";
import { experimentIdLabel, experimentLabel } from "../../../api/experiment/labels.ts";
import type { Experiment } from "../../../api/experiment/types.ts";
import { defaultJobSet } from "../../../api/jobset/defaults.ts";
import { validateJobSet } from "../../../api/jobset/validation.ts";
import type { JobSet } from "../../../api/jobset/types.ts";
import type { Kind, KubeObject } from "../../../meta/object.ts";
import type { RayJob } from "../../../api/ray/types.ts";
import { validateRayJobMetadata, validateRayJobSpec } from "../../../api/ray/validation.ts";
import { isLabelValue } from "../../../machinery/names.ts";
import {
  type HostMount,
  imageOf,
  type Manifest,
  parseManifest,
  type Problem,
  supportObjects,
  toJobSet,
  toRayJob,
  type WorkloadContext,
} from "../../../manifest/index.ts";
import { experimentIdOf, type Platform, platformEnv } from "./platform-env.ts";
import { type Reuse, reuseOf } from "../image/reuse.ts";
import { storageOf } from "./storage.ts";
import { storageEnvFrom, storageSecret } from "./storage-secret.ts";

export interface Compiled {
  readonly workload: KubeObject;
  /** To be created before the workload. */
  readonly objects: readonly { readonly kind: Kind; readonly object: KubeObject }[];
  readonly operator: string;
  readonly image: string;
  /** Folder or bucket prefix that outlives the experiment. */
  readonly outputs?: string;
  /** Where the image's source is, relative to the experiment's source. */
  readonly builder: ImageSource["builder"];
  /** Whose image to run instead of building one. */
  readonly reuse?: Reuse;
}

export interface ManifestProblems {
  readonly problems: readonly string[];
}

function sentence({ line, column, message, code, remedy }: Problem): string {
  return `line ${line}, column ${column}: ${message} [${code}]${remedy ? ` (${remedy})` : ""}`;
}

function builderOf({ builder = {} }: Manifest): Compiled["builder"] {
  const { dockerfile, context, buildArgs, target } = builder;
  const args = buildArgs && Object.fromEntries(Object.entries(buildArgs).map(([name, value]) => [name, String(value)]));
  return {
    ...(dockerfile && { dockerfile }),
    ...(context && { context }),
    ...(args && { buildArgs: args }),
    ...(target && { target }),
  };
}

function labelsOf(root: Experiment): Readonly<Record<string, string>> {
  const id = experimentIdOf(root);
  const isFit = id !== "" && isLabelValue(id).length === 0;
  return { [experimentLabel]: root.metadata.name ?? "", ...(isFit && { [experimentIdLabel]: id }) };
}

const mostProblems = 10;

function errorsOf(problems: readonly Problem[]): readonly string[] {
  const errors = problems.filter(({ severity }) => severity === "error");
  const more = errors.length - mostProblems;
  return [...errors.slice(0, mostProblems).map(sentence), ...(more > 0 ? [`and ${more} more`] : [])];
}

/** Name of the image to build for a manifest without one. */
const unnamedImage = "experiment";

function rayProblems(job: RayJob): readonly string[] {
  const found = validateRayJobMetadata(job) ?? validateRayJobSpec(job);
  return found ? [found] : [];
}

const jobSetProblems = (jobSet: JobSet): readonly string[] =>
  validateJobSet(defaultJobSet(jobSet)).map(({ field, message }) => `${field}: ${message}`);

function workloadOf(
  manifest: Manifest,
  context: WorkloadContext,
): { readonly workload: KubeObject; readonly problems: readonly string[] } {
  if (manifest.spec.operator === "kuberay") {
    const workload = toRayJob(manifest, context);
    return { workload, problems: rayProblems(workload) };
  }
  const workload = toJobSet(manifest, context);
  return { workload, problems: jobSetProblems(workload) };
}

const noHostPaths =
  "the operator of this cluster does not allow experiments to mount folders of its nodes: use storage.attachExistingPVCs, or start the operator with --allow-host-paths";

function folderMounts({ spec }: Experiment): readonly HostMount[] {
  return (spec.mounts ?? []).map(({ hostPath, mountPoint, readOnly = true }, index) => {
    return { name: `mount-${index}`, hostPath, mountPath: mountPoint, readOnly, type: "Directory" };
  });
}

/** `image` is what was built, if anything was; otherwise the experiment's, or the manifest's. */
export function compile(root: Experiment, platform: Platform, image: string | undefined): Compiled | ManifestProblems {
  const { manifest, problems } = parseManifest(root.spec.manifest, { file: "manifest.yaml" });
  if (!manifest) return { problems: errorsOf(problems) };
  const built = root.spec.sourceDirectory ? unnamedImage : undefined;
  if (!platform.hostPaths && (manifest.spec.storage?.mounts?.length || root.spec.mounts?.length))
    return { problems: [noHostPaths] };
  const chosen = image ?? root.spec.image ?? imageOf(manifest) ?? built;
  if (!chosen) return { problems: ["spec.image is missing, and the experiment has no source to build an image from"] };
  const { mounts, s3, outputs } = storageOf(root, experimentIdOf(root), platform.storage ?? {});
  const envFrom = [...(s3 ? [storageEnvFrom(root)] : []), ...(root.spec.envFrom ?? [])];
  const context: WorkloadContext = {
    name: root.metadata.name ?? "",
    ...(root.metadata.namespace && { namespace: root.metadata.namespace }),
    image: chosen,
    labels: labelsOf(root),
    env: platformEnv(root, platform),
    ...(envFrom.length > 0 && { envFrom }),
    mounts: [...mounts, ...folderMounts(root)],
    ...(root.spec.startDeadlineSeconds && { startDeadlineSeconds: root.spec.startDeadlineSeconds }),
  };
  const reuse = reuseOf(manifest);
  const { workload, problems: refused } = workloadOf(manifest, context);
  if (refused.length > 0) return { problems: refused };
  return {
    workload,
    objects: [...supportObjects(manifest, context), ...(s3 ? [storageSecret(root, s3)] : [])],
    operator: manifest.spec.operator,
    image: chosen,
    ...(outputs && { outputs }),
    builder: builderOf(manifest),
    ...(reuse && { reuse }),
  };
}
