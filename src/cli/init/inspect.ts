/** What a folder holds that a first manifest depends on: programs, what they import, requirements, a Dockerfile. Reads only. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readSourceDockerfile } from "../../local/images/find-dockerfile.ts";
import { listSource } from "../../local/images/snapshot.ts";

export interface FolderFacts {
  /** Of the folder itself. */
  readonly name: string;
  readonly isEmpty: boolean;
  readonly files: readonly string[];
  /** Modules that its Python files import, without what is below them. */
  readonly imports: ReadonlySet<string>;
  /** Text of requirements.txt, pyproject.toml and the Dockerfile. */
  readonly requirements: string;
  readonly hasRequirements: boolean;
  readonly hasDockerfile: boolean;
  /** Where the Dockerfile puts a file of the folder, relative to its working directory; undefined: it does not. */
  readonly placeOf: (file: string) => string | undefined;
}

const mostFiles = 200;
const importLine = /^\s*(?:import|from)\s+([A-Za-z_]\w*)/gm;

function importsOf(folder: string, files: readonly string[]): ReadonlySet<string> {
  const programs = files.filter((file) => file.endsWith(".py")).slice(0, mostFiles);
  const texts = programs.map((file) => readFileSync(join(folder, file), "utf8"));
  return new Set(texts.flatMap((text) => [...text.matchAll(importLine)].map(([, name = ""]) => name)));
}

/** Where files are in the image. Throws what is wrong with the Dockerfile. */
async function placesOf(folder: string): Promise<FolderFacts["placeOf"]> {
  const found = await readSourceDockerfile(folder, {});
  if (!found) return (file) => file;
  const { layout, workdir } = found.recipe;
  const root = layout.root ?? workdir;
  const below = workdir === root ? "" : `${workdir.slice(root.length + 1)}/`;
  return (file) => {
    const place = [...layout.files].find(([, source]) => source === file)?.[0];
    if (place === undefined) return undefined;
    return place.startsWith(below) ? place.slice(below.length) : `${root}/${place}`;
  };
}

export async function inspectFolder(folder: string): Promise<FolderFacts> {
  const files = listSource(folder);
  const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "");
  const named = ["requirements.txt", "pyproject.toml", "Dockerfile"];
  return {
    name: basename(folder),
    isEmpty: readdirSync(folder).every((name) => name.startsWith(".")),
    files,
    imports: importsOf(folder, files),
    requirements: named.map(read).join("\n"),
    hasRequirements: ["requirements.txt", "pyproject.toml", "setup.py", "environment.yml"].some((name) =>
      existsSync(join(folder, name)),
    ),
    hasDockerfile: existsSync(join(folder, "Dockerfile")),
    placeOf: await placesOf(folder),
  };
}
