/**
 * Images without containers: a reference resolves to a Python environment and a folder to work in. Ray's own images
 * become environments with that Ray; sources become snapshots with what their requirements name; anything else is the
 * machine's own environment, and says so.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { BuildRequest, BuiltImage, Environment, ImageBuilder, ImageProgress, ImageStore } from "../contracts.ts";
import { cacheFolder, markUsed } from "./cache.ts";
import { ensureEnvironment, environmentFolder, hasEnvironment, isMetByMachine, machinePython } from "./python.ts";
import {
  builtPrefix,
  builtReference,
  dockerfileFacts,
  type EnvironmentSpec,
  environmentDigest,
  pyprojectDependencies,
  rayVersionOf,
  requirementLines,
  withRay,
} from "./requirements.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";

export interface ImageStoreOptions {
  readonly cacheDir: string;
  /** The machine's PATH. */
  readonly path: string;
}

/** What a built reference stands for, kept in a file by its digest. */
interface Recipe {
  readonly reference: string;
  readonly source: string;
  readonly requirements: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Images extends ImageStore, ImageBuilder {
  /** Copies the source away; `build` with the same request then uses that copy. */
  snapshot(directory: string): Snapshot;
  /** Files and folders of the cache that a reference stands on. */
  pathsOf(reference: string): Promise<readonly string[]>;
}

function requirementsOf(folder: string, facts: ReturnType<typeof dockerfileFacts>): readonly string[] {
  const file = join(folder, "requirements.txt");
  const project = join(folder, "pyproject.toml");
  let lines: readonly string[] = [];
  if (existsSync(file)) lines = requirementLines(readFileSync(file, "utf8"));
  else if (existsSync(project)) lines = pyprojectDependencies(readFileSync(project, "utf8"));
  return withRay(lines, facts.ray);
}

export function createImageStore({ cacheDir, path }: ImageStoreOptions): Images {
  const environments = cacheFolder(cacheDir, "environment");
  const sources = cacheFolder(cacheDir, "source");
  const recipes = cacheFolder(cacheDir, "image");
  const recipeFile = (reference: string) =>
    join(recipes, `${reference.slice(builtPrefix.length).replaceAll(/[/:]/g, "_")}.json`);

  const readRecipe = (reference: string): Recipe | undefined => {
    const file = recipeFile(reference);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Recipe) : undefined;
  };

  const specFor = async (requirements: readonly string[]): Promise<EnvironmentSpec> => ({
    requirements,
    python: await machinePython(),
  });

  const machine = (id: string, more: Partial<Environment> = {}): Environment => ({ id, env: { PATH: path }, ...more });

  async function environment(
    id: string,
    requirements: readonly string[],
    progress: ImageProgress,
    signal: AbortSignal,
  ): Promise<Environment> {
    if (requirements.length === 0) return machine(id);
    const folder = await ensureEnvironment(await specFor(requirements), environments, { progress, signal });
    return { id, env: { PATH: `${join(folder, "bin")}${delimiter}${path}`, VIRTUAL_ENV: folder } };
  }

  async function pull(reference: string, progress: ImageProgress, signal: AbortSignal): Promise<Environment> {
    if (reference.startsWith(builtPrefix)) {
      const recipe = readRecipe(reference);
      if (!recipe || !existsSync(recipe.source))
        throw new Error(`${reference} was made by another cache and is not here; submit the experiment again`);
      const made = await environment(reference, recipe.requirements, progress, signal);
      for (const path of [recipe.source, recipeFile(reference)]) markUsed(path);
      return { ...made, source: recipe.source, env: { ...recipe.env, ...made.env } };
    }
    const ray = rayVersionOf(reference);
    if (ray) return environment(`${reference}@local`, requirementsFor(reference) ?? [], progress, signal);
    const warning = `there are no containers here: "${reference}" runs in this machine's own environment (python3 and programs of the PATH)`;
    return machine(`${reference}@machine`, /(^|\/)pause[:@]/.test(reference) ? {} : { warning });
  }

  /** What the environment of a reference consists of; undefined for a built one that is not here. */
  function requirementsFor(reference: string): readonly string[] | undefined {
    if (reference.startsWith(builtPrefix)) return readRecipe(reference)?.requirements;
    const ray = rayVersionOf(reference);
    return ray ? [`ray[default]==${ray}`] : [];
  }

  async function pathsOf(reference: string): Promise<readonly string[]> {
    const recipe = reference.startsWith(builtPrefix) ? readRecipe(reference) : undefined;
    const requirements = recipe?.requirements ?? requirementsFor(reference) ?? [];
    const environment = requirements.length > 0 ? [environmentFolder(await specFor(requirements), environments)] : [];
    return [...environment, ...(recipe ? [recipe.source, recipeFile(reference)] : [])];
  }

  async function isPresent(reference: string): Promise<boolean> {
    const requirements = requirementsFor(reference);
    if (!requirements) return false;
    return requirements.length === 0 || hasEnvironment(await specFor(requirements), environments);
  }

  /** What an environment has to be made for: nothing, where the machine has it all. */
  async function missing(wanted: readonly string[], progress: ImageProgress, signal: AbortSignal) {
    if (wanted.length === 0 || hasEnvironment(await specFor(wanted), environments)) return wanted;
    if (!(await isMetByMachine(wanted, signal))) return wanted;
    progress("this machine's Python has all requirements: it is used as it is");
    return [];
  }

  async function build(request: BuildRequest, progress: ImageProgress, signal: AbortSignal): Promise<BuiltImage> {
    const snapshot = takeSnapshot(request.directory, sources);
    progress(`source: ${snapshot.files} files, ${Math.ceil(snapshot.bytes / 1024)} KiB`);
    const dockerfile = resolve(snapshot.folder, request.dockerfile ?? "Dockerfile");
    const facts = existsSync(dockerfile) ? dockerfileFacts(readFileSync(dockerfile, "utf8")) : { env: {} };
    const requirements = await missing(requirementsOf(snapshot.folder, facts), progress, signal);
    const digest = environmentDigest({
      requirements: [snapshot.digest, ...requirements],
      python: requirements.length > 0 ? await machinePython() : "",
    });
    const reference = builtReference(request.name, digest);
    await environment(reference, requirements, progress, signal);
    mkdirSync(recipes, { recursive: true });
    const recipe: Recipe = { reference, source: snapshot.folder, requirements, env: facts.env };
    writeFileSync(`${recipeFile(reference)}.new`, JSON.stringify(recipe));
    renameSync(`${recipeFile(reference)}.new`, recipeFile(reference));
    return { reference, digest };
  }

  return { pull, isPresent, build, pathsOf, snapshot: (directory) => takeSnapshot(directory, sources) };
}
