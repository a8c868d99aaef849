/**
 * Images without containers: a reference resolves to a Python environment and a folder to work in. Ray's own images
 * become environments with that Ray; sources become snapshots with what their files ask for; anything else is the
 * machine's own environment, and says so.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, delimiter, join, resolve } from "node:path";
import type { BuildRequest, BuiltImage, Environment, ImageBuilder, ImageProgress, ImageStore } from "../contracts.ts";
import { cacheFolder, markUsed } from "./cache.ts";
import { discoverRequest } from "./environments/discover.ts";
import { createEnvironments, type Wanted } from "./environments/environments.ts";
import { sourceReader } from "./environments/key.ts";
import { isMetByMachine } from "./environments/machine.ts";
import type { EnvironmentRequest } from "./environments/request.ts";
import type { Running } from "./environments/run-program.ts";
import { builtPrefix, builtReference, dockerfileFacts, rayRequest } from "./requirements.ts";
import { type Snapshot, takeSnapshot } from "./snapshot.ts";

export interface ImageStoreOptions {
  readonly cacheDir: string;
  /** This machine's: PATH, HOME, settings of pip and uv. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What a built reference stands for, kept in a file by its digest. */
interface Recipe {
  readonly reference: string;
  readonly source: string;
  readonly request: EnvironmentRequest;
  readonly env: Readonly<Record<string, string>>;
}

export interface Images extends ImageStore, ImageBuilder {
  /** Copies the source away; `build` with the same request then uses that copy. */
  snapshot(directory: string): Snapshot;
  /** Files and folders of the cache that a reference stands on. */
  pathsOf(reference: string): Promise<readonly string[]>;
}

const nothing: EnvironmentRequest = { python: [], installs: [] };
const isNothing = ({ python, installs }: EnvironmentRequest) => python.length === 0 && installs.length === 0;

export function createImageStore({ cacheDir, env }: ImageStoreOptions): Images {
  const environments = createEnvironments({ cacheDir, env });
  const path = env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  const sources = cacheFolder(cacheDir, "source");
  const recipes = cacheFolder(cacheDir, "image");
  const recipeFile = (reference: string) =>
    join(recipes, `${reference.slice(builtPrefix.length).replaceAll(/[/:]/g, "_")}.json`);

  /** Undefined for one that is not here, or that another version of Windlass wrote. */
  const readRecipe = (reference: string): Recipe | undefined => {
    const file = recipeFile(reference);
    const recipe = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Recipe>) : undefined;
    return recipe?.request ? (recipe as Recipe) : undefined;
  };

  async function environment(id: string, wanted: Wanted, running: Running): Promise<Environment> {
    if (isNothing(wanted.request)) return { id, env: { PATH: path } };
    const folder = await environments.ensure(wanted, running);
    return { id, env: { PATH: `${join(folder, "bin")}${delimiter}${path}`, VIRTUAL_ENV: folder } };
  }

  async function pull(reference: string, progress: ImageProgress, signal: AbortSignal): Promise<Environment> {
    const running = { progress, signal };
    if (reference.startsWith(builtPrefix)) {
      const recipe = readRecipe(reference);
      if (!recipe || !existsSync(recipe.source))
        throw new Error(`${reference} was made by another cache and is not here; submit the experiment again`);
      const made = await environment(reference, recipe, running);
      for (const used of [recipe.source, recipeFile(reference)]) markUsed(used);
      return { ...made, source: recipe.source, env: { ...recipe.env, ...made.env } };
    }
    const request = rayRequest(reference);
    if (request) return environment(`${reference}@local`, { request }, running);
    const warning = `there are no containers here: "${reference}" runs in this machine's own environment (python3 and programs of the PATH)`;
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
    const source = wanted?.source === undefined ? [] : [wanted.source, recipeFile(reference)];
    return [...(folder ? [folder] : []), ...source];
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
    if (request.installs.length > 0) progress("this machine's Python has all requirements: it is used as it is");
    return nothing;
  }

  /** What the folder asks for, and the Dockerfile before it. */
  function asked(source: string, dockerfile: string, progress: ImageProgress) {
    const file = resolve(source, dockerfile);
    const facts = existsSync(file) ? dockerfileFacts(readFileSync(file, "utf8")) : { env: {} };
    const base = (facts.ray && rayRequest(facts.ray)) || nothing;
    const { request, note } = discoverRequest(sourceReader(source));
    if (note) progress(note);
    return {
      env: facts.env,
      request: { python: [...base.python, ...request.python], installs: [...base.installs, ...request.installs] },
    };
  }

  async function build(request: BuildRequest, progress: ImageProgress, signal: AbortSignal): Promise<BuiltImage> {
    const { folder: source, files, bytes, digest: content } = takeSnapshot(request.directory, sources);
    progress(`source: ${files} files, ${Math.ceil(bytes / 1024)} KiB`);
    const running = { progress, signal };
    const wanted = asked(source, request.dockerfile ?? "Dockerfile", progress);
    const needed = await missing({ request: wanted.request, source }, running);
    const made = isNothing(needed) ? "" : basename(await environments.ensure({ request: needed, source }, running));
    const digest = createHash("sha256")
      .update(JSON.stringify([content, made, wanted.env]))
      .digest("hex");
    const reference = builtReference(request.name, digest);
    mkdirSync(recipes, { recursive: true });
    const recipe: Recipe = { reference, source, request: needed, env: wanted.env };
    writeFileSync(`${recipeFile(reference)}.new`, JSON.stringify(recipe));
    renameSync(`${recipeFile(reference)}.new`, recipeFile(reference));
    return { reference, digest };
  }

  return { pull, isPresent, build, pathsOf, snapshot: (directory) => takeSnapshot(directory, sources) };
}
