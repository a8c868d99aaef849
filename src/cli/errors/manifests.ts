/** Errors of manifests as files: finding and reading one. What is wrong inside it is the manifest's own table. */
import { defineErrors, makersOf } from "./define.ts";

export const manifestArea = defineErrors("Manifests", {
  NO_MANIFEST: {
    when: "a folder has no manifest, or several of which none is the default",
    message: (folder: string, found: readonly string[]) =>
      found.length === 0
        ? `${folder} has no manifest.yaml and no manifests in aichor_manifests/`
        : `${folder} has no manifest.yaml, but several manifests in aichor_manifests/`,
    remedy: (_folder: string, found: readonly string[]) =>
      found.length === 0
        ? "name a manifest file, or a folder that has one; `windlass init` writes a first one"
        : `name one of them: ${found.join(", ")}`,
    exitStatus: 2,
  },
  PROGRAM_AS_MANIFEST: {
    when: "a Python file is given where a manifest is needed",
    message: (file: string) => `${file} is a program, not a manifest`,
    remedy: (file: string) => `\`windlass init --command 'python3 -u ${file}'\` writes a manifest that runs it`,
    exitStatus: 2,
  },
  MANIFEST_TOO_LARGE: {
    when: "the file is too large for a manifest",
    message: (file: string, megabytes: number) => `${file} is ${megabytes} MB, which is too large for a manifest`,
    remedy: "name the manifest, a YAML file of at most 1 MB",
  },
  MANIFEST_INVALID: {
    when: "the manifest has errors, which are printed above",
    message: (file: string, summary: string) => `${file}: ${summary}`,
    remedy: "fix the errors above; nothing was started",
  },
});

export const manifestErrors = makersOf(manifestArea);
