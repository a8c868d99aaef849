/** One stage of a Dockerfile, by names: its variables, working directory, files, install steps; and how it begins. No I/O. */
import type { InstallStep, PythonWanted } from "../environments/request.ts";
import { describeBase } from "./base-image.ts";
import type { Problem } from "./instructions.ts";
import type { BuildOptions, Notice } from "./recipe.ts";

/** Stands for the PATH of the base image. */
const basePath = "/base-path";

export interface Stage {
  readonly name: string;
  /** Of its FROM. */
  readonly line: number;
  workdir: string;
  env: Record<string, string>;
  args: Record<string, string>;
  tree: Map<string, string>;
  /** Folders that it makes, and the line that does. */
  folders: Map<string, number>;
  /** Folders that packages are installed in, beyond the system's. */
  environments: Set<string>;
  python: PythonWanted[];
  installs: InstallStep[];
  isWhole: boolean;
  user?: { readonly name: string; readonly line: number };
  entrypoint?: { readonly words: readonly string[]; readonly line: number };
  command?: readonly string[];
  notices: Notice[];
}

export interface Build {
  readonly options: BuildOptions;
  readonly escape: string;
  /** The stage of that name or number, made if it is not yet; undefined for an image. */
  stage(name: string): Stage | undefined;
  /** `ARG`s before the first FROM. */
  readonly globals: Readonly<Record<string, string>>;
  problem(problem: Problem): void;
  /** Build arguments that an ARG has taken. */
  readonly taken: Set<string>;
}

export function emptyStage(name: string, line: number): Stage {
  return {
    name,
    line,
    workdir: "/",
    env: { PATH: basePath },
    args: {},
    tree: new Map(),
    folders: new Map(),
    environments: new Set(),
    python: [],
    installs: [],
    isWhole: true,
    notices: [],
  };
}

/** A stage that begins as another one ended. Arguments and what was said of it stay with the other. */
export function stageFrom(
  name: string,
  line: number,
  { env, tree, folders, environments, python, installs, ...rest }: Stage,
): Stage {
  return {
    ...rest,
    name,
    line,
    env: { ...env },
    args: {},
    tree: new Map(tree),
    folders: new Map(folders),
    environments: new Set(environments),
    python: [...python],
    installs: [...installs],
    notices: [],
  };
}

/** A stage that begins with an image. */
export function stageFromImage(name: string, image: string, line: number): Stage {
  const stage = emptyStage(name, line);
  const base = describeBase(image);
  stage.workdir = base.workdir;
  if (base.python) stage.python.push({ version: base.python, origin: `FROM ${image}` });
  if (base.packages.length > 0) stage.installs.push({ tool: "pip", arguments: base.packages, folder: "." });
  if (base.missing) stage.notices.push({ kind: "line", line, text: `FROM ${image}`, reason: base.missing });
  return stage;
}
