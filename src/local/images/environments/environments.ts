/**
 * Python environments: made once per content and shared by all who ask for it. A request and the source it reads give
 * a key; the folder of that key is the environment, whole when its mark is there.
 */
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, completeMark, markUsed, packagesFolder } from "../cache.ts";
import { makeBase } from "./base.ts";
import { relocateProjects } from "./editable.ts";
import { locked } from "./file-lock.ts";
import { install } from "./install.ts";
import { findInterpreter, type Interpreter } from "./interpreters.ts";
import { environmentKey, includedBy } from "./key.ts";
import { isCompiled } from "./project-files.ts";
import type { EnvironmentRequest, InstallStep } from "./request.ts";
import type { Running } from "./run-program.ts";
import { fetchPython, findUv } from "./uv.ts";

/** A request and the folder that its paths are in; absent where it names none. */
export interface Wanted {
  readonly request: EnvironmentRequest;
  readonly source?: string;
}

export interface Environments {
  /** The folder of the environment, made if need be. Rejects with EnvironmentError. */
  ensure(wanted: Wanted, running: Running): Promise<string>;
  /** The folder, if the environment is there. */
  find(wanted: Wanted, signal: AbortSignal): Promise<string | undefined>;
  /** Which Python it has, or would have. Rejects with EnvironmentError when there is none. */
  interpreter(wanted: Wanted, running: Running): Promise<Interpreter>;
}

export interface EnvironmentOptions {
  readonly cacheDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const isConda = ({ installs }: EnvironmentRequest) => installs.some(({ tool }) => tool === "conda");

/** Whether its mark is there and so is the interpreter it was made with. */
const isWhole = (folder: string) => existsSync(join(folder, completeMark)) && existsSync(join(folder, "bin", "python"));

const describe = ({ tool, arguments: words, folder }: InstallStep) => `${folder}: ${tool} ${words.join(" ")}`;

/** Folders of projects whose code is seen where the experiment runs, not where it was installed. */
const projectsOf = ({ request, source }: Wanted): readonly string[] =>
  source === undefined ? [] : request.installs.flatMap((step) => [...includedBy(step, source).projects]);

async function interpreterOf(
  { request }: Wanted,
  { cacheDir, env }: EnvironmentOptions,
  running: Running,
): Promise<Interpreter> {
  if (isConda(request)) return { file: "", version: "conda" };
  const fetch = async (version: string, how: Running) => {
    const uv = await findUv({ cacheDir, env }, how);
    if (!uv) throw new Error("uv is not installed");
    return fetchPython(uv, version, how);
  };
  return findInterpreter(request.python, { env, fetch }, running);
}

interface Made extends EnvironmentOptions {
  readonly python: Interpreter;
  readonly folder: string;
}

async function make(wanted: Wanted, { python, folder, cacheDir, env }: Made, running: Running): Promise<void> {
  const { request, source } = wanted;
  const uv = await findUv({ cacheDir, env }, running);
  await makeBase(request.installs, python, { folder, source, uv, path: env["PATH"] ?? "" }, running);
  const projects = projectsOf(wanted);
  const copy = join(folder, "source");
  // Building a project writes beside its sources, and the snapshot is others' too.
  if (source !== undefined && projects.length > 0)
    cpSync(source, copy, { recursive: true, verbatimSymlinks: true, mode: 2 });
  await install(request.installs, { folder, source: projects.length > 0 ? copy : (source ?? folder), uv }, running);
  if (projects.length > 0 && !projects.some((project) => isCompiled(join(copy, project)))) {
    relocateProjects(folder, copy);
    rmSync(copy, { recursive: true, force: true });
  }
  if (existsSync(packagesFolder(cacheDir))) markUsed(packagesFolder(cacheDir));
  writeFileSync(join(folder, completeMark), `${request.installs.map(describe).join("\n")}\n`);
}

export function createEnvironments(options: EnvironmentOptions): Environments {
  const { cacheDir, env } = options;
  const store = cacheFolder(cacheDir, "environment");
  const interpreter = (wanted: Wanted, running: Running) => interpreterOf(wanted, options, running);
  const folderFor = ({ request, source }: Wanted, { version }: Interpreter) =>
    join(store, environmentKey(request, version, { source, env }).slice(0, 16));

  async function ensure(wanted: Wanted, running: Running): Promise<string> {
    const python = await interpreter(wanted, running);
    const folder = folderFor(wanted, python);
    if (isWhole(folder)) {
      markUsed(join(folder, completeMark));
      return folder;
    }
    mkdirSync(store, { recursive: true });
    return locked(`${folder}.lock`, running.signal, async () => {
      if (isWhole(folder)) return folder;
      rmSync(folder, { recursive: true, force: true });
      try {
        await make(wanted, { ...options, python, folder }, running);
      } catch (error) {
        rmSync(folder, { recursive: true, force: true });
        throw error;
      }
      return folder;
    });
  }

  async function find(wanted: Wanted, signal: AbortSignal): Promise<string | undefined> {
    const python = isConda(wanted.request)
      ? { file: "", version: "conda" }
      : await findInterpreter(wanted.request.python, { env }, { progress: () => {}, signal }).catch(() => undefined);
    const folder = python && folderFor(wanted, python);
    return folder && isWhole(folder) ? folder : undefined;
  }

  return { ensure, find, interpreter };
}
