/** An AIchorManifest as it is used once it has been validated: the types of the schema's fields, and its pod groups. */
import type { ValueOf } from "../../machinery/schema/value-of.ts";
import type { accelerators, builder, jobSetGroup, manifestOf, resources, typesOf } from "./schema.ts";

export type Accelerators = ValueOf<typeof accelerators>;
export type Resources = ValueOf<typeof resources>;
export type Builder = ValueOf<typeof builder>;
export type RayTypes = ValueOf<(typeof typesOf)["kuberay"]>;
export type WorkerGroup = RayTypes["Workers"][number];

/** What a group of pods may have, whichever operator runs it. */
export type PodGroup = ValueOf<typeof jobSetGroup> & Pick<WorkerGroup, "rayStartParams">;

type AnyManifest = ValueOf<ReturnType<typeof manifestOf>>;

export interface ManifestSpec extends Omit<AnyManifest["spec"], "types"> {
  /** Head and Workers for kuberay; a map of pod groups for the others. */
  readonly types: RayTypes | Readonly<Record<string, PodGroup>>;
}

export interface Manifest extends Omit<AnyManifest, "spec"> {
  readonly spec: ManifestSpec;
}

export function rayTypesOf(manifest: Manifest): RayTypes {
  return manifest.spec.types as RayTypes;
}

/** Pod groups by name; a kuberay manifest's head comes first. */
export function groupsOf(manifest: Manifest): readonly (readonly [name: string, group: PodGroup])[] {
  if (manifest.spec.operator !== "kuberay")
    return Object.entries(manifest.spec.types as Readonly<Record<string, PodGroup>>);
  const { Head, Workers } = rayTypesOf(manifest);
  return [["Head", Head], ...Workers.map((group) => [group.name, group] as const)];
}
