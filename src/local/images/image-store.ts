/**
 * Images without containers: a reference resolves to a Python environment and a folder to work in. Ray's own images
 * become environments with that Ray; sources become snapshots with what their files ask for; anything else is the
 * machine's own environment, and says so.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import type { BuildRequest, BuiltImage, Environment, ImageBuilder, ImageProgress, ImageStore } from "../contracts.ts";
import { type BuiltImages, builtImages } from "./built-images.ts";
import { cacheFolder, markUsed } from "./cache.ts";
import { describeNotices } from "./dockerfile/describe-notices.ts";
import type { Recipe as DockerfileRecipe } from "./dockerfile/recipe.ts";
import { discoverRequest } from "./environments/discover.ts";
import { sourceVariable } from "./environments/editable.ts";
import { createEnvironments, type Environments, type Wanted } from "./environments/environments.ts";
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

/** What the images are made with, and where. */
interface Workshop {
  readonly environments: Environments;
  readonly built: BuiltImages;
  /** The PATH of the machine. */
  readonly path: string;
  /** Folder of the snapshots. */
  readonly sources: string;
  /** Bytes that a source may have. */
  readonly limit: number;
}

async function environmentOf(
  { environments, path }: Workshop,
  wanted: Wanted,
  running: Running,
): Promise<{ readonly env: { readonly PATH: string; readonly VIRTUAL_ENV?: string } }> {
  if (isNothing(wanted.request)) return { env: { PATH: path } };
  const folder = await environments.ensure(wanted, running);
  return { env: { PATH: `${join(folder, "bin")}${delimiter}${path}`, VIRTUAL_ENV: folder } };
}

/** Folders of programs whose environments have nothing else to do with the experiment's. */
async function programFolders({ environments }: Workshop, names: readonly string[], running: Running) {
  const folders = await Promise.all(names.map((name) => environments.ensure(programRequest(name), running)));
  return folders.map((folder) => join(folder, "bin"));
}

async function pullBuilt(shop: Workshop, reference: string, running: Running): Promise<Environment> {
  const recipe = shop.built.read(reference);
  if (!recipe || !existsSync(recipe.source) || !existsSync(recipe.placed.folder))
    throw new Error(`${reference} was built in another cache and is not available here: submit the experiment again`);
  const made = await environmentOf(shop, recipe, running);
  const programs = await programFolders(shop, recipe.programs, running);
  const { placed, seen } = recipe;
  for (const used of [recipe.source, placed.entry, shop.built.fileOf(reference)]) markUsed(used);
  return {
    id: reference,
    ...seen,
    source: placed.folder,
    files: placed.others,
    ...(placed.target !== undefined && { sourceTarget: placed.target }),
    env: { ...recipe.env, ...made.env, PATH: [...recipe.path, made.env.PATH, ...programs].join(delimiter) },
  };
}

async function pull(shop: Workshop, reference: string, running: Running): Promise<Environment> {
  if (reference.startsWith(builtPrefix)) return pullBuilt(shop, reference, running);
  const request = rayRequest(reference);
  if (request) return { id: `${reference}@local`, ...(await environmentOf(shop, { request }, running)) };
  const warning = `the local cluster does not run containers: "${reference}" runs in this machine's own environment (python3 and programs on the PATH)`;
  const plain = { id: `${reference}@machine`, ...(await environmentOf(shop, { request: nothing }, running)) };
  return /(^|\/)pause[:@]/.test(reference) ? plain : { ...plain, warning };
}

/** What the environment of a reference consists of; undefined for a built one that is not here. */
function wantedFor({ built }: Workshop, reference: string): Wanted | undefined {
  return reference.startsWith(builtPrefix) ? built.read(reference) : { request: rayRequest(reference) ?? nothing };
}

/** Its folder, where it has one of its own and that is there. */
async function folderOf({ environments }: Workshop, wanted: Wanted): Promise<string | undefined> {
  return isNothing(wanted.request) ? undefined : environments.find(wanted, AbortSignal.timeout(30_000));
}

async function pathsOf(shop: Workshop, reference: string): Promise<readonly string[]> {
  const wanted = wantedFor(shop, reference);
  const folder = wanted && (await folderOf(shop, wanted));
  const recipe = reference.startsWith(builtPrefix) ? shop.built.read(reference) : undefined;
  const source = recipe ? [recipe.source, recipe.placed.entry, shop.built.fileOf(reference)] : [];
  const beside = await Promise.all((recipe?.programs ?? []).map((name) => folderOf(shop, programRequest(name))));
  return [...[folder, ...beside].filter((each) => each !== undefined), ...source];
}

async function isPresent(shop: Workshop, reference: string): Promise<boolean> {
  const wanted = wantedFor(shop, reference);
  if (!wanted) return false;
  return isNothing(wanted.request) || (await folderOf(shop, wanted)) !== undefined;
}

/** What an environment has to be made for: nothing, where the machine has it all. */
async function missing(
  shop: Workshop,
  wanted: Required<Wanted>,
  { progress, signal }: Running,
): Promise<EnvironmentRequest> {
  const { request, source } = wanted;
  if (isNothing(request) || (await folderOf(shop, wanted))) return request;
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
  shop: Workshop,
  { directory, builder, name, programs: wanted = [] }: BuildRequest,
  running: Running,
): Promise<BuiltImage> {
  const { path, sources, limit } = shop;
  const { progress } = running;
  const { file, recipe } = (await readSourceDockerfile(directory, builder)) ?? {};
  const snapshot = takeSnapshot(join(directory, builder.context ?? "."), sources, { limit });
  const { folder: source, files, bytes } = snapshot;
  progress(`source: ${files} files, ${Math.ceil(bytes / 1024)} KiB`);
  for (const line of describeNotices(recipe?.notices ?? [], machinePackages(path)))
    progress(`${file}, not followed: ${line}`);
  const request = await missing(shop, { request: asked(source, recipe, progress), source }, running);
  const { env } = await environmentOf(shop, { request, source }, running);
  const programs = wanted.filter((program) => !findProgram(program, env.PATH));
  await programFolders(shop, programs, running);
  const placed = recipe ? placeSource(recipe.layout, snapshot, sources) : { entry: source, folder: source, others: [] };
  const more = recipe ? told(recipe, placed, source) : asItIs;
  const digest = createHash("sha256")
    .update(JSON.stringify([snapshot.digest, placed, basename(env.VIRTUAL_ENV ?? ""), more, programs]))
    .digest("hex");
  const reference = builtReference(name, digest);
  shop.built.keep({ reference, source, request, placed, ...more, programs });
  return { reference, digest };
}

export function createImageStore({ cacheDir, env }: ImageStoreOptions): Images {
  const shop: Workshop = {
    environments: createEnvironments({ cacheDir, env }),
    built: builtImages(cacheFolder(cacheDir, "image")),
    path: env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    sources: cacheFolder(cacheDir, "source"),
    limit: sourceLimit(env["WINDLASS_SOURCE_LIMIT"]),
  };
  return {
    pull: (reference, progress, signal) => pull(shop, reference, { progress, signal }),
    isPresent: (reference) => isPresent(shop, reference),
    build: (request, progress, signal) => build(shop, request, { progress, signal }),
    pathsOf: (reference) => pathsOf(shop, reference),
    snapshot(directory, builder) {
      const file = findDockerfile(directory, builder);
      const keep = file === undefined ? [] : [file];
      return takeSnapshot(directory, shop.sources, { limit: shop.limit, keep });
    },
  };
}
