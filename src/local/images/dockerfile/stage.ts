/**
 * One stage of a Dockerfile, carried out on names: variables, working directory, files, install steps. Instructions are
 * a table; each changes the stage that is being made. No I/O.
 */
import { posix } from "node:path";
import type { InstallStep, PythonWanted } from "../environments/request.ts";
import { describeBase, programOf } from "./base-image.ts";
import { contextTree, copyFiles, type Tree } from "./files.ts";
import { type Instruction, lineBreak, plainWords, type Problem } from "./instructions.ts";
import type { BuildOptions, Notice } from "./recipe.ts";
import { carryOut } from "./run.ts";
import { expandWord, splitWords, type Syntax } from "./substitute.ts";

/** Stands for the PATH of the base image. */
export const basePath = "/base-path";

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

/** Variables win over arguments of the same name. */
const variablesOf = ({ env, args }: Stage): Readonly<Record<string, string>> => ({ ...args, ...env });

export function syntaxFor(variables: Readonly<Record<string, string>>, escape: string): Syntax {
  return { escape, lookup: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined) };
}

interface Context {
  readonly stage: Stage;
  readonly build: Build;
  readonly instruction: Instruction;
  readonly syntax: Syntax;
}

type CarryOut = (context: Context) => void;

const expandAll = ({ instruction: { text, exec }, build, syntax }: Context): readonly string[] =>
  (exec ?? splitWords(text, build.escape)).map((word) => expandWord(word, syntax));

const commandOf = ({ exec, text }: Instruction): readonly string[] =>
  exec ?? ["/bin/sh", "-c", text.replaceAll(lineBreak, " ").trim()];

export const predefinedArgs = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

export const platformArgs = (architecture: string): Readonly<Record<string, string>> => ({
  TARGETPLATFORM: `linux/${architecture}`,
  TARGETOS: "linux",
  TARGETARCH: architecture,
  TARGETVARIANT: "",
  BUILDPLATFORM: `linux/${architecture}`,
  BUILDOS: "linux",
  BUILDARCH: architecture,
  BUILDVARIANT: "",
});

/** The names and values that an ARG sets; a build argument goes before its default. */
export function argumentsOf(
  { text }: Instruction,
  { options, globals, taken, escape }: Pick<Build, "options" | "globals" | "taken" | "escape">,
  syntax: Syntax,
): Readonly<Record<string, string>> {
  const given = { ...platformArgs(options.architecture), ...options.buildArgs };
  const found: Record<string, string> = {};
  for (const word of splitWords(text, escape)) {
    const [name = "", fallback] = word.split(/=(.*)/s, 2);
    taken.add(name);
    const value = given[name] ?? (fallback === undefined ? globals[name] : expandWord(fallback, syntax));
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Variables whose value is the machine's for a process; other lines may still refer to the image's. */
export const ofTheMachine = ["HOME", "LD_LIBRARY_PATH", "LD_PRELOAD"];

function keepVariable(context: Context, name: string, value: string): void {
  if (ofTheMachine.includes(name)) note(context, `${name} comes from this machine`);
  context.stage.env[name] = value;
}

function setVariables(context: Context): void {
  const { instruction, build, syntax } = context;
  const words = splitWords(instruction.text, build.escape);
  const [first = ""] = words;
  if (!first.includes("=")) {
    const value = instruction.text.replaceAll(lineBreak, " ").trim().slice(first.length).trim();
    return keepVariable(context, first, expandWord(value, syntax));
  }
  const set = words.map((word) => {
    const [name = "", value = ""] = word.split(/=(.*)/s, 2);
    return [expandWord(name, syntax), expandWord(value, syntax)] as const;
  });
  for (const [name, value] of set) keepVariable(context, name, value);
}

const isRemote = (source: string) => /^(https?|ftp|git|ssh):\/\/|^git@/.test(source);

/** Folders whose packages are those of the one environment that there is here. */
const isPackageFolder = (path: string) =>
  /(^|\/)(\.?venv|env|site-packages|dist-packages|\.local|wheels|install)(\/|$)/.test(path) ||
  /^\/(usr\/local|opt\/(conda|venv)|root\/\.local)(\/|$)/.test(path);

/** Whether what is copied has packages in it, or lies in them. */
function takesPackages(sources: readonly string[], { environments }: Stage): boolean {
  const isRelated = (a: string, b: string) => a === b || a.startsWith(`${b}/`) || b.startsWith(a === "/" ? a : `${a}/`);
  return sources
    .map((source) => posix.resolve("/", source))
    .some((path) => isPackageFolder(path) || [...environments].some((folder) => isRelated(path, folder)));
}

function copyFromStage(stage: Stage, from: Stage, sources: readonly string[]): boolean {
  if (!takesPackages(sources, from)) return false;
  const isNew = (step: InstallStep) => !stage.installs.some((one) => JSON.stringify(one) === JSON.stringify(step));
  stage.installs.push(...from.installs.filter(isNew));
  for (const wanted of from.python)
    if (!stage.python.some(({ version }) => version === wanted.version)) stage.python.push(wanted);
  stage.isWhole &&= from.isWhole;
  return true;
}

const flagOf = ({ flags }: Instruction, name: string) => flags.find((flag) => flag.name === name)?.value;
const shownLine = ({ keyword, text }: Instruction) =>
  `${keyword} ${text.replaceAll(lineBreak, " ").replaceAll(/\s+/g, " ").trim()}`;

function note({ stage, instruction }: Context, reason: string): void {
  stage.notices.push({ kind: "line", line: instruction.line, text: shownLine(instruction), reason });
}

/** Where COPY reads from; undefined where nothing is to be had from there. */
function originOf(context: Context, from: string | undefined, sources: readonly string[]): Tree | undefined {
  const { stage, build } = context;
  if (from === undefined) return contextTree(build.options.files);
  const other = build.stage(from);
  if (other) {
    const hasPackages = copyFromStage(stage, other, sources);
    const isElsewhere =
      !hasPackages &&
      sources.every(
        (source) => copyFiles(other.tree, new Map(), { sources: [source], target: "/" }).missing.length > 0,
      );
    if (isElsewhere) note(context, "created by a command that is not run here");
    return other.tree;
  }
  const program = programOf(from);
  if (program) stage.installs.push({ tool: "pip", arguments: [program], folder: "." });
  else note(context, "files of other images are not available here");
  return undefined;
}

/** Names that no copy of a source has: Docker would have them, so their absence is no error. */
const neverCopied = /(^|\/)(\.git|\.venv|venv|node_modules|__pycache__|\.windlass)(\/|$)/;

function copy(context: Context): void {
  const { stage, build, instruction, syntax } = context;
  const words = expandAll(context);
  if (instruction.documents.length > 0) return note(context, "files written inline are not created");
  const remote = words.slice(0, -1).filter(isRemote);
  if (remote.length > 0) note(context, "nothing is downloaded");
  const sources = words.slice(0, -1).filter((source) => !isRemote(source));
  const last = words.at(-1) ?? "";
  if (sources.length === 0) return;
  const flag = flagOf(instruction, "from");
  const from = flag === undefined ? undefined : expandWord(flag, syntax);
  const tree = originOf(context, from, sources);
  if (!tree) return;
  const target = posix.resolve(stage.workdir, last) + (/(^|\/)\.?$/.test(last) ? "/" : "");
  const excludes = instruction.flags.filter(({ name }) => name === "exclude").map(({ value }) => value);
  const keepsParents = instruction.flags.some(({ name, value }) => name === "parents" && value !== "false");
  const known = new Map([...stage.tree, [posix.join(stage.workdir, ".keep"), ""] as const]);
  const { placed, missing } = copyFiles(tree, known, { sources, target, excludes, keepsParents });
  for (const [path, file] of placed) stage.tree.set(path, file);
  for (const source of from === undefined ? missing : []) {
    if (neverCopied.test(source)) note(context, `${source} is never copied`);
    else if (!/[*?[]/.test(source))
      build.problem({
        line: instruction.line,
        message: `${instruction.keyword} ${source}: no such file or folder in the build context, or it is ignored`,
      });
  }
}

function setUser(context: Context): void {
  const [name = ""] = expandAll(context);
  context.stage.user = { name, line: context.instruction.line };
}

const ignore: CarryOut = () => {};

const carriers: Readonly<Record<string, CarryOut>> = {
  ENV: setVariables,
  ARG: ({ instruction, stage, build, syntax }) => Object.assign(stage.args, argumentsOf(instruction, build, syntax)),
  WORKDIR: (context) => {
    const { stage } = context;
    stage.workdir = posix.resolve(stage.workdir, expandAll(context).join(" "));
    stage.folders.set(stage.workdir, 0);
  },
  COPY: copy,
  ADD: copy,
  RUN: ({ stage, build, instruction }) => carryOut(stage, instruction, build),
  USER: setUser,
  ENTRYPOINT: ({ stage, instruction }) => {
    stage.entrypoint = { words: commandOf(instruction), line: instruction.line };
    // Docker forgets the command of the base image then.
    delete stage.command;
  },
  CMD: ({ stage, instruction }) => {
    stage.command = commandOf(instruction);
  },
  EXPOSE: ignore,
  HEALTHCHECK: ignore,
  LABEL: ignore,
  MAINTAINER: ignore,
  ONBUILD: ignore,
  SHELL: ignore,
  STOPSIGNAL: (context) => {
    if (!/^(SIG)?TERM$|^15$/.test(plainWords(context.instruction)[0] ?? ""))
      note(context, "pods are stopped with SIGTERM");
  },
  VOLUME: ignore,
};

/** Carries out one instruction; what is wrong with it becomes a problem of the build. */
export function carryOutInstruction(stage: Stage, instruction: Instruction, build: Build): void {
  const syntax = syntaxFor(variablesOf(stage), build.escape);
  try {
    carriers[instruction.keyword]?.({ stage, build, instruction, syntax });
  } catch (error) {
    build.problem({ line: instruction.line, message: (error as Error).message });
  }
}
