/**
 * `builder.skipBuild`: an experiment runs the image of another one, and waits for it while that one is still at it. It is
 * decided once, before anything is cloned. Pure.
 */
import { type Experiment, isExperimentFinished } from "../../../api/experiment/types.ts";
import { type Manifest, parseManifest } from "../../../manifest/index.ts";
import { experimentIdOf } from "../compile/platform-env.ts";

export interface Reuse {
  readonly experimentId: string;
  /** Without the image the experiment fails, instead of building its own. */
  readonly isRequired: boolean;
}

export function reuseOf({ builder }: Manifest): Reuse | undefined {
  const { enabled, experimentID: experimentId, failIfNotFound: isRequired = false } = builder?.skipBuild ?? {};
  return enabled && experimentId ? { experimentId, isRequired } : undefined;
}

const isUndecided = ({ spec, status }: Experiment): boolean =>
  !status?.image && !spec.image && !spec.cancelled && (status?.step === undefined || status.step === "Waiting");

/** Id of the experiment whose image is wanted, while it is not known whether there will be one. */
export function wantedImageOf(root: Experiment): string | undefined {
  // Parsing every manifest of the cluster to find the few would be dear.
  if (!isUndecided(root) || !root.spec.manifest.includes("skipBuild")) return undefined;
  const { manifest } = parseManifest(root.spec.manifest, { file: "manifest.yaml" });
  return manifest && reuseOf(manifest)?.experimentId;
}

export type Source =
  | { readonly found: "image"; readonly image: string }
  /** It has not ended and may still get one. */
  | { readonly found: "experiment"; readonly name: string }
  | { readonly found: "nothing" };

/** Whether `other` waits, itself or through those that it waits for, for `root`: then nobody would ever build. */
function waitsFor(other: Experiment, root: Experiment, all: readonly Experiment[]): boolean {
  const seen = new Set<string>();
  let at: string | undefined = experimentIdOf(other);
  while (at !== undefined && !seen.has(at)) {
    if (at === experimentIdOf(root)) return true;
    seen.add(at);
    const next = all.find((one) => experimentIdOf(one) === at);
    at = next && wantedImageOf(next);
  }
  return false;
}

/** Where the image of the experiment with this id is to be had. */
export function findSource(root: Experiment, id: string, all: readonly Experiment[]): Source {
  const named = all.filter((one) => experimentIdOf(one) === id);
  const image = named.map(({ status }) => status?.image).findLast(Boolean);
  if (image) return { found: "image", image };
  const going = named.find((one) => !isExperimentFinished(one) && !waitsFor(one, root, all));
  return going ? { found: "experiment", name: going.metadata.name ?? "" } : { found: "nothing" };
}
