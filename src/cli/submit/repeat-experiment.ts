/** An experiment made from an earlier one: the same but for what is asked to change, with a link back. Pure. */
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { experimentIdLabel, experimentName, ownLabelPrefix, rerunOfLabel } from "../../api/experiment/labels.ts";
import type { Experiment, ExperimentSpec } from "../../api/experiment/types.ts";
import { apiVersionOf } from "../../meta/object.ts";

/** Where the files of the experiment come from. */
export type Source =
  /** The snapshot that the earlier one ran, as the image that was made of it; where it came from stays known. */
  | { readonly from: "snapshot"; readonly image: string }
  /** A folder as it is now. */
  | { readonly from: "folder"; readonly directory: string; readonly vcs?: ExperimentSpec["vcs"] }
  /** An image that is not built here. */
  | { readonly from: "image"; readonly image?: string };

export interface Repetition {
  /** UUID of the new one. */
  readonly id: string;
  readonly manifest: string;
  readonly source: Source;
  readonly message?: string;
  /** Secrets and ConfigMaps that are not the earlier one's own. */
  readonly envFrom?: ExperimentSpec["envFrom"];
  /** More variables; they win over the earlier ones. */
  readonly env?: Readonly<Record<string, string>>;
}

function sourceFields(earlier: ExperimentSpec, source: Source): Partial<ExperimentSpec> {
  const { vcs } = source.from === "folder" ? source : earlier;
  if (source.from === "folder") return { sourceDirectory: source.directory, ...(vcs && { vcs }) };
  const directory = source.from === "snapshot" ? earlier.sourceDirectory : undefined;
  return {
    ...(directory && { sourceDirectory: directory }),
    ...(source.image && { image: source.image }),
    ...(vcs && { vcs }),
  };
}

export function repeatExperiment(earlier: Experiment, repetition: Repetition): Experiment {
  const { id, manifest, source, message, envFrom, env } = repetition;
  const { cancelled: _, image: __, sourceDirectory: ___, vcs: ____, envFrom: _____, ...kept } = earlier.spec;
  const all = { ...kept.env, ...env };
  const labels = Object.entries(earlier.metadata.labels ?? {}).filter(([name]) => !name.startsWith(ownLabelPrefix));
  const name = earlier.metadata.name ?? "";
  return {
    apiVersion: apiVersionOf(ExperimentKind),
    kind: ExperimentKind.kind,
    metadata: {
      name: experimentName(id),
      ...(earlier.metadata.namespace && { namespace: earlier.metadata.namespace }),
      labels: { ...Object.fromEntries(labels), [experimentIdLabel]: id, [rerunOfLabel]: name },
    },
    spec: {
      ...kept,
      ...sourceFields(earlier.spec, source),
      id,
      manifest,
      ...(message && { message }),
      ...(envFrom?.length && { envFrom }),
      ...(Object.keys(all).length > 0 && { env: all }),
    },
  };
}
