/** The Dockerfile that a manifest's builder means, and what it says about the files that are there. Reads, changes nothing. */
import { globSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { closest } from "../../machinery/did-you-mean.ts";
import type { Problem } from "./dockerfile/instructions.ts";
import type { Recipe } from "./dockerfile/recipe.ts";
import { listSource } from "./snapshot.ts";

/** `builder` of a manifest, as far as it says how an image is made. */
export interface BuilderFields {
  readonly dockerfile?: string;
  readonly context?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
}

/** The manifest names a Dockerfile, or a context, that is not there. */
export class DockerfileMissingError extends Error {
  readonly near?: string;

  constructor(message: string, near?: string) {
    super(message);
    this.name = "DockerfileMissingError";
    if (near !== undefined) this.near = near;
  }
}

/** Docker would not build it: each problem with its line. */
export class DockerfileInvalidError extends Error {
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super(problems.map(({ line, message }) => `${file}:${line}: ${message}`).join("\n"));
    this.name = "DockerfileInvalidError";
    this.file = file;
    this.problems = problems;
  }
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Path of the Dockerfile below the source, by the context or, as the platform's reference says, by the source itself.
 * Undefined where none is named and there is none. Throws DockerfileMissingError.
 */
export function findDockerfile(source: string, { dockerfile, context = "." }: BuilderFields): string | undefined {
  const folder = resolve(source, context);
  if (!isFolder(folder)) throw new DockerfileMissingError(`builder.context ${context}: no such folder in ${source}`);
  const found = [resolve(folder, dockerfile ?? "Dockerfile"), resolve(source, dockerfile ?? "Dockerfile")].find(isFile);
  if (found) return relative(resolve(source), found);
  if (dockerfile === undefined) return undefined;
  // Ignore files often name it: they are not asked.
  const others = globSync("{,*/,*/*/}{Dockerfile*,Containerfile*,*.Dockerfile,*.dockerfile}", { cwd: source });
  const near = closest(dockerfile, others) ?? others[0];
  throw new DockerfileMissingError(`builder.dockerfile ${dockerfile}: no such file in ${folder}`, near);
}

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** A recipe; undefined where there is no Dockerfile. Throws DockerfileMissingError, DockerfileInvalidError, SnapshotError. */
export async function readSourceDockerfile(
  source: string,
  builder: BuilderFields,
): Promise<{ readonly file: string; readonly recipe: Recipe } | undefined> {
  const file = findDockerfile(source, builder);
  if (file === undefined) return undefined;
  // The parser is loaded by those who have a Dockerfile.
  const { readDockerfile } = await import("./dockerfile/read-dockerfile.ts");
  const { buildArgs, target, context = "." } = builder;
  const { recipe, problems } = readDockerfile(readFileSync(join(source, file), "utf8"), {
    files: listSource(resolve(source, context)),
    architecture: architectures[process.arch] ?? process.arch,
    ...(buildArgs && { buildArgs }),
    ...(target !== undefined && { target }),
  });
  if (problems) throw new DockerfileInvalidError(file, problems);
  return { file, recipe };
}
