/** Experiment → the workload that runs it. Pure. */
import type { KubeObject } from "../../api/meta/object.ts";
import { experimentLabel } from "../../api/experiment/labels.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { type Manifest, parseManifest, toJobSet, toRayJob } from "../../manifest/index.ts";
import type { CompiledWorkload } from "../../manifest/pod-template.ts";
import { type Platform, platformEnv } from "./platform-env.ts";

export interface Compiled extends CompiledWorkload<KubeObject> {
  readonly operator: string;
  /** What the pods run; of an experiment that is still to be built: the name to build it under. */
  readonly image: string;
  readonly builder: { readonly dockerfile?: string; readonly context?: string };
}

export interface ManifestProblems {
  readonly problems: readonly string[];
}

const mostProblems = 5;

function imageName({ spec, builder }: Manifest): string {
  const name = spec.image ?? builder?.image ?? "experiment";
  return builder?.registry ? `${builder.registry.replace(/\/+$/, "")}/${name}` : name;
}

/** `image` is the one that was built; the manifest's own otherwise. */
export function compile(root: Experiment, platform: Platform, image: string | undefined): Compiled | ManifestProblems {
  const { manifest, problems } = parseManifest(root.spec.manifest, { file: "manifest" });
  if (!manifest) {
    const errors = problems.filter(({ severity }) => severity === "error");
    return {
      problems: errors.slice(0, mostProblems).map(({ line, column, message }) => `${line}:${column}: ${message}`),
    };
  }
  const name = root.metadata.name ?? "";
  const chosen = image ?? root.spec.image ?? imageName(manifest);
  const context = {
    name,
    namespace: root.metadata.namespace,
    image: chosen,
    labels: { [experimentLabel]: name },
    env: platformEnv(root, platform),
  };
  const compiled = manifest.spec.operator === "kuberay" ? toRayJob(manifest, context) : toJobSet(manifest, context);
  const { dockerfile, context: folder } = manifest.builder ?? {};
  return {
    ...compiled,
    operator: manifest.spec.operator,
    image: chosen,
    builder: { ...(dockerfile && { dockerfile }), ...(folder && { context: folder }) },
  };
}
