/**
 * Images without containers: a reference resolves to a Python environment and a folder to work in. Ray's own images
 * become environments with that Ray; sources become snapshots with what their files ask for; anything else is the
 * machine's own environment, and says so.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import type { BuildRequest, BuiltImage, Environment, ImageBuilder, ImageProgress, ImageStore } from "../contracts.ts";
import { cacheFolder, markUsed } from "./cache.ts";
import { describeNotices } from "./dockerfile/describe-notices.ts";
import type { Recipe as DockerfileRecipe } from "./dockerfile/recipe.ts";
import { discoverRequest } from "./environments/discover.ts";
import { sourceVariable } from "./environments/editable.ts";
import { createEnvironments, type Wanted } from "./environments/environments.ts";
import { sourceReader } from "./environments/key.ts";
import { isMetByMachine } from "./environments/machine.ts";
import { findProgram } from "./environments/programs.ts";
import type { EnvironmentRequest } from "./environments/request.ts";
import type { Running } from "./environments/run-program.ts";
import { type BuilderFields, findDockerfile, readSourceDockerfile } from "./find-dockerfile.ts";
import { type PlacedSource, placeSource } from "./place-source.ts";
import { builtPrefix, builtReference, rayRequest } from "./requirements.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";
import { sourceLimit } from "./source-size.ts";
import { machinePackages } from "./system-packages.ts";

export interface ImageStoreOptions {
  readonly cacheDir: string;
  /** This machine's: PATH, HOME, settings of pip and uv. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a built reference stands for, kept in a file by its digest. */
interface Recipe {
  readonly reference: string;
  /** What the request's paths are in. */
  readonly source: string;
  readonly request: EnvironmentRequest;
  readonly placed: PlacedSource;
  readonly env: Readonly<Record<string, string>>;
  /** Folders of programs before the environment's. */
  readonly path: readonly string[];
  /** How containers work in it. */
  readonly seen: Pick<Environment, "workingDir" | "entrypoint" | "command">;
  /** Programs that the environment lacks, each in an environment of its own. */
  readonly programs: readonly string[];
}

export interface Images extends ImageStore, ImageBuilder {
  /** Copies the source away, its Dockerfile always with it; `build` then uses that copy. */
  snapshot(directory: string, builder: BuilderFields): Snapshot;
  /** Files and folders of the cache that a reference stands on. */
  pathsOf(reference: string): Promise<readonly string[]>;
}

const nothing: EnvironmentRequest = { python: [], installs: [] };
const isNothing = ({ python, installs }: EnvironmentRequest) => python.length === 0 && installs.length === 0;

const programRequest = (name: string): Wanted => ({
  request: { python: [], installs: [{ tool: "pip", arguments: [name], folder: "." }] },
});

/** Without a Dockerfile the folder itself is what runs. */
const asItIs = { env: {}, path: [], seen: {} };

/** What a Dockerfile's recipe says beside the packages. Projects that are installed for editing lie where its COPY lines put them. */
function told(
  { env, path, workdir, layout, entrypoint, command }: DockerfileRecipe,
  placed: PlacedSource,
  source: string,
) {
  const isElsewhere = placed.folder !== source;
  return {
    env: { ...env, ...(isElsewhere && { [sourceVariable]: source }) },
    path,
    seen: {
      ...(layout.root !== undefined && { workingDir: workdir }),
      ...(entrypoint && { entrypoint }),
      ...(command && { command }),
    },
  };
}

export function createImageStore({ cacheDir, env }: ImageStoreOptions): Images {
  const environments = createEnvironments({ cacheDir, env });
  const path = env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  const sources = cacheFolder(cacheDir, "source");
  const limit = sourceLimit(env["WINDLASS_SOURCE_LIMIT"]);
  const recipes = cacheFolder(cacheDir, "image");
  const recipeFile = (reference: string) =>
    join(recipes, `${reference.slice(builtPrefix.length).replaceAll(/[/:]/g, "_")}.json`);

  /** Undefined for one that is not here, or that another version of Windlass wrote. */
  const readRecipe = (reference: string): Recipe | undefined => {
    const file = recipeFile(reference);
    const recipe = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Recipe>) : undefined;
    return recipe?.request && recipe.placed ? (recipe as Recipe) : undefined;
  };

  async function environment(id: string, wanted: Wanted, running: Running): Promise<Environment> {
    if (isNothing(wanted.request)) return { id, env: { PATH: path } };
    const folder = await environments.ensure(wanted, running);
    return { id, env: { PATH: `${join(folder, "bin")}${delimiter}${path}`, VIRTUAL_ENV: folder } };
  }

  /** Folders of programs whose environments have nothing else to do with the experiment's. */
  async function programFolders(names: readonly string[], running: Running): Promise<readonly string[]> {
    const folders = await Promise.all(names.map((name) => environments.ensure(programRequest(name), running)));
    return folders.map((folder) => join(folder, "bin"));
  }

  async function pull(reference: string, progress: ImageProgress, signal: AbortSignal): Promise<Environment> {
    const running = { progress, signal };
    if (reference.startsWith(builtPrefix)) {
      const recipe = readRecipe(reference);
      if (!recipe || !existsSync(recipe.source) || !existsSync(recipe.placed.folder))
        throw new Error(
          `${reference} was built in another cache and is not available here: submit the experiment again`,
        );
      const made = await environment(reference, recipe, running);
      const programs = await programFolders(recipe.programs, running);
      const { placed, seen } = recipe;
      for (const used of [recipe.source, placed.entry, recipeFile(reference)]) markUsed(used);
      return {
        ...made,
        ...seen,
        source: placed.folder,
        files: placed.others,
        ...(placed.target !== undefined && { sourceTarget: placed.target }),
        env: { ...recipe.env, ...made.env, PATH: [...recipe.path, made.env["PATH"], ...programs].join(delimiter) },
      };
    }
    const request = rayRequest(reference);
    if (request) return environment(`${reference}@local`, { request }, running);
    const warning = `the local cluster does not run containers: "${reference}" runs in this machine's own environment (python3 and programs on the PATH)`;
    const plain = await environment(`${reference}@machine`, { request: nothing }, running);
    return /(^|\/)pause[:@]/.test(reference) ? plain : { ...plain, warning };
  }

  /** What the environment of a reference consists of; undefined for a built one that is not here. */
  function wantedFor(reference: string): Wanted | undefined {
    return reference.startsWith(builtPrefix) ? readRecipe(reference) : { request: rayRequest(reference) ?? nothing };
  }

  /** Its folder, where it has one of its own and that is there. */
  async function folderOf(wanted: Wanted): Promise<string | undefined> {
    return isNothing(wanted.request) ? undefined : environments.find(wanted, AbortSignal.timeout(30_000));
  }

  async function pathsOf(reference: string): Promise<readonly string[]> {
    const wanted = wantedFor(reference);
    const folder = wanted && (await folderOf(wanted));
    const recipe = reference.startsWith(builtPrefix) ? readRecipe(reference) : undefined;
    const source = recipe ? [recipe.source, recipe.placed.entry, recipeFile(reference)] : [];
    const beside = await Promise.all((recipe?.programs ?? []).map((name) => folderOf(programRequest(name))));
    return [...[folder, ...beside].filter((each) => each !== undefined), ...source];
  }

  async function isPresent(reference: string): Promise<boolean> {
    const wanted = wantedFor(reference);
    if (!wanted) return false;
    return isNothing(wanted.request) || (await folderOf(wanted)) !== undefined;
  }

  /** What an environment has to be made for: nothing, where the machine has it all. */
  async function missing(wanted: Required<Wanted>, { progress, signal }: Running): Promise<EnvironmentRequest> {
    const { request, source } = wanted;
    if (isNothing(request) || (await folderOf(wanted))) return request;
    if (!(await isMetByMachine(request, source, signal))) return request;
    if (request.installs.length > 0) progress("this machine's Python already has all requirements");
    return nothing;
  }

  /** What the Dockerfile asks for. Where it installs nothing and was not wholly understood, and without one, the folder's own files. */
  function asked(source: string, recipe: DockerfileRecipe | undefined, progress: ImageProgress): EnvironmentRequest {
    if (recipe && (recipe.isWhole || recipe.installs.length > 0))
      return { python: recipe.python, installs: recipe.installs };
    const { request, note } = discoverRequest(sourceReader(source));
    if (note) progress(note);
    return { ...request, python: [...(recipe?.python ?? []), ...request.python] };
  }

  async function build(
    { directory, builder, name, programs: wanted = [] }: BuildRequest,
    progress: ImageProgress,
    signal: AbortSignal,
  ): Promise<BuiltImage> {
    const { file, recipe } = (await readSourceDockerfile(directory, builder)) ?? {};
    const snapshot = takeSnapshot(join(directory, builder.context ?? "."), sources, { limit });
    const { folder: source, files, bytes } = snapshot;
    progress(`source: ${files} files, ${Math.ceil(bytes / 1024)} KiB`);
    for (const line of describeNotices(recipe?.notices ?? [], machinePackages(path)))
      progress(`${file}, not followed: ${line}`);
    const running = { progress, signal };
    const needed = await missing({ request: asked(source, recipe, progress), source }, running);
    const made = await environment("", { request: needed, source }, running);
    const programs = wanted.filter((program) => !findProgram(program, made.env["PATH"] ?? ""));
    await programFolders(programs, running);
    const placed = recipe
      ? placeSource(recipe.layout, snapshot, sources)
      : { entry: source, folder: source, others: [] };
    const more = recipe ? told(recipe, placed, source) : asItIs;
    const digest = createHash("sha256")
      .update(JSON.stringify([snapshot.digest, placed, basename(made.env["VIRTUAL_ENV"] ?? ""), more, programs]))
      .digest("hex");
    const reference = builtReference(name, digest);
    keep({ reference, source, request: needed, placed, ...more, programs });
    return { reference, digest };
  }

  function keep(recipe: Recipe): void {
    const file = recipeFile(recipe.reference);
    mkdirSync(recipes, { recursive: true });
    writeFileSync(`${file}.new`, JSON.stringify(recipe));
    renameSync(`${file}.new`, file);
  }

  function snapshot(directory: string, builder: BuilderFields): Snapshot {
    const file = findDockerfile(directory, builder);
    return takeSnapshot(directory, sources, { limit, keep: file === undefined ? [] : [file] });
  }

  return { pull, isPresent, build, pathsOf, snapshot };
}
