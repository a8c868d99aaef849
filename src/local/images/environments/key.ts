/** The key of an environment: everything that decides its content, as one digest. Reads the source, writes nothing. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "./environment-error.ts";
import { hashPath, hashProject } from "./project-files.ts";
import type { EnvironmentRequest, InstallStep } from "./request.ts";
import { findIncluded, type Included, type SourceReader } from "./requirement-files.ts";

export function sourceReader(source: string): SourceReader {
  const stat = (path: string) => statSync(join(source, path), { throwIfNoEntry: false });
  return {
    text: (path) => (stat(path)?.isFile() ? readFileSync(join(source, path), "utf8") : undefined),
    isFolder: (path) => stat(path)?.isDirectory() ?? false,
  };
}

/** Tools that work on the project in their folder, whatever their arguments. */
const projectTools = new Set(["uv sync", "poetry"]);

/** What the step leads to in the source. Throws EnvironmentError for paths that lead out of it. */
export function includedBy(step: InstallStep, source: string): Included {
  const included = findIncluded(
    step.arguments,
    step.folder,
    sourceReader(source),
    `${step.tool} ${step.arguments.join(" ")}`,
  );
  const [first] = included.outside;
  if (first) {
    throw new EnvironmentError(
      `${first.where} refers to ${first.path} outside the source folder, and only the source folder is copied: move it inside, or set a folder that contains both with --source or builder.context`,
    );
  }
  if (!projectTools.has(step.tool)) return included;
  return { ...included, projects: new Set([...included.projects, step.folder]), isPlain: false };
}

/** `python` is the whole version of the interpreter; `source` is absent where no step names a path. */
export function environmentKey(
  { installs }: EnvironmentRequest,
  python: string,
  { source, env }: { readonly source?: string; readonly env: Readonly<Record<string, string | undefined>> },
): string {
  const hash = createHash("sha256").update(`2\0${python}\0`);
  for (const step of installs) {
    hash.update(`${JSON.stringify([step.tool, step.folder, step.arguments])}\0`);
    if (source === undefined) continue;
    const { files, projects, variables } = includedBy(step, source);
    for (const file of step.tool === "conda" ? step.arguments : [...files].sort()) hashPath(hash, source, file);
    for (const project of [...projects].sort()) hashProject(hash, source, project);
    for (const name of [...variables].sort()) hash.update(`${name}=${env[name] ?? ""}\0`);
  }
  return hash.digest("hex");
}
