/**
 * A Ray experiment needs the program `ray` in its environment: without it the head's container would end and be started
 * again for ever. Told before anything starts, with the place and the way out.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { parseManifest } from "../../manifest/index.ts";

/** Whether a folder of `path` has the program. */
export function hasProgram(name: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface MissingRay {
  readonly message: string;
  readonly remedy: string;
}

/** What to say when the manifest's pods would run Ray and `path` has none. `place` is where it is looked for. */
export function findMissingRay(manifestText: string, path: string, place: string): MissingRay | undefined {
  const { manifest } = parseManifest(manifestText, { file: "manifest.yaml" });
  if (manifest?.spec.operator !== "kuberay" || hasProgram("ray", path)) return undefined;
  const { rayVersion } = manifest.spec;
  const line = `ray[default]${rayVersion ? `==${rayVersion}` : ""}`;
  return {
    message: `the operator kuberay needs Ray, and ${place} has no program \`ray\``,
    remedy: `add the line \`${line}\` to the requirements.txt of the source, or install it on this machine: pip install '${line}'`,
  };
}
