/**
 * A Dockerfile as a recipe for a process: the stages that the target needs, carried out on names. What Docker would
 * refuse is a problem with its line; what a process does without is a notice with its line. Pure.
 */
import { closest } from "../../../machinery/did-you-mean.ts";
import { type Layout, layoutOf } from "./files.ts";
import { type Instruction, parseInstructions, plainWords, type Problem } from "./instructions.ts";
import type { BuildOptions, Notice, Reading, Recipe } from "./recipe.ts";
import { carryOutInstruction } from "./carry-out.ts";
import { syntaxFor } from "./context.ts";
import { emptyStage, type Build, type Stage, stageFrom, stageFromImage } from "./stage.ts";
import { argumentsOf, ofTheMachine, predefinedArgs } from "./variables.ts";
import { expandWord } from "./substitute.ts";

interface StageText {
  readonly from: Instruction;
  readonly name?: string;
  readonly instructions: readonly Instruction[];
}

function splitStages(instructions: readonly Instruction[]): readonly StageText[] {
  const starts = instructions.flatMap(({ keyword }, at) => (keyword === "FROM" ? [at] : []));
  return starts.map((at, index) => {
    const from = instructions[at] as Instruction;
    const [, , name] = plainWords(from);
    return {
      from,
      instructions: instructions.slice(at + 1, starts[index + 1]),
      ...(name && { name: name.toLowerCase() }),
    };
  });
}

/** Arguments before the first FROM. */
function globalArguments(instructions: readonly Instruction[], build: Pick<Build, "options" | "taken" | "escape">) {
  const globals: Record<string, string> = {};
  for (const instruction of instructions) {
    if (instruction.keyword === "FROM") break;
    const syntax = syntaxFor(globals, build.escape);
    if (instruction.keyword === "ARG")
      Object.assign(globals, argumentsOf(instruction, { ...build, globals: {} }, syntax));
  }
  return globals;
}

interface Stages {
  readonly build: Build;
  readonly texts: readonly StageText[];
  /** Those that were needed, in the order in which they were made. */
  readonly made: Map<number, Stage>;
}

function indexOf(texts: readonly StageText[], name: string, before: number): number {
  const wanted = name.toLowerCase();
  const at = texts.findLastIndex((text, index) => index < before && text.name === wanted);
  return at < 0 && /^\d+$/.test(name) && Number(name) < before ? Number(name) : at;
}

/** Makes the stage at `at`; a stage may use only those before it, so this ends. */
function make(stages: Stages, at: number): Stage {
  const known = stages.made.get(at);
  if (known) return known;
  const text = stages.texts[at] as StageText;
  const { globals, escape } = stages.build;
  const build: Build = {
    ...stages.build,
    stage: (name) => {
      const other = indexOf(stages.texts, name, at);
      return other < 0 ? undefined : make(stages, other);
    },
  };
  const image = expandWord(plainWords(text.from)[0] ?? "", syntaxFor(globals, escape));
  const name = text.name ?? String(at);
  if (!image)
    build.problem({
      line: text.from.line,
      message: `FROM ${plainWords(text.from)[0]}: the image name is empty because a variable in it has no value`,
    });
  const base = build.stage(image);
  const stage = base
    ? stageFrom(name, text.from.line, base)
    : image
      ? stageFromImage(name, image, text.from.line)
      : emptyStage(name, text.from.line);
  stages.made.set(at, stage);
  for (const instruction of text.instructions) carryOutInstruction(stage, instruction, build);
  return stage;
}

/** Variables that say where things are in an image: here they are elsewhere. */
const ofTheImage = new Set(["PATH", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT", "CONDA_PREFIX", "CONDA_DEFAULT_ENV"]);

/** Folders of the image's PATH that are neither the system's nor those of an environment. */
function pathOf({ env, environments }: Stage): readonly string[] {
  const isSystem = (folder: string) =>
    /^\/(usr\/)?(local\/)?s?bin$|^\/opt\/conda|(^|\/)\.?venv\/bin$|^\/base-path$/.test(folder);
  return (env["PATH"] ?? "")
    .split(":")
    .filter(
      (folder) =>
        folder.startsWith("/") && !isSystem(folder) && ![...environments].some((one) => folder.startsWith(`${one}/`)),
    );
}

/** A later `uv sync` of a project makes the earlier ones idle: they only filled the image's cache. */
function withoutRepeats(installs: Stage["installs"]): Stage["installs"] {
  return installs.filter(({ tool, folder }, at) => {
    const isProject = tool === "uv sync" || tool === "poetry";
    return !isProject || !installs.some((other, index) => index > at && other.tool === tool && other.folder === folder);
  });
}

/** No other user is to be had: see docs/decisions/0020-one-user-in-pods.md. */
const asRoot = "processes are root in the pod, with your rights on this machine";

function endNotices({ user, entrypoint }: Stage): readonly Notice[] {
  const line = (number: number, text: string, reason: string): Notice => ({ kind: "line", line: number, text, reason });
  const isRoot = !user || /^(root|0)(:|$)/.test(user.name);
  return [
    ...(isRoot ? [] : [line(user.line, `USER ${user.name}`, asRoot)]),
    ...(entrypoint && entrypoint.words.length > 0
      ? [line(entrypoint.line, "ENTRYPOINT", "spec.command replaces it, on a cluster too")]
      : []),
  ];
}

/** Build arguments that nothing asks for: Docker warns of them too. */
function idleArguments({ options, taken }: Build): readonly Notice[] {
  const names = Object.keys(options.buildArgs ?? {}).filter(
    (name) => !taken.has(name) && !predefinedArgs.includes(name),
  );
  return names.map((name) => ({ kind: "line", line: 0, text: `builder.buildArgs.${name}`, reason: "no ARG uses it" }));
}

const byLine = (a: { readonly line: number }, b: { readonly line: number }) => a.line - b.line;

/** Folders that a command makes where nothing of the program is. */
function foldersElsewhere({ folders, environments }: Stage, root: string | undefined): readonly Notice[] {
  const isHere = (path: string) => (root && (path === root || path.startsWith(`${root}/`))) || environments.has(path);
  const lost = [...folders].filter(
    ([path, line]) => line > 0 && !isHere(path) && !/^\/(root|tmp|var|run|etc|usr)\//.test(path),
  );
  return lost.map(([path, line]) => ({
    kind: "line",
    line,
    text: `mkdir ${path}`,
    reason: "not created outside the program's folder",
  }));
}

/** What is odd about where the program's files are. */
function placeNotices({ line, workdir }: Stage, { root, files }: Layout): readonly Notice[] {
  const notice = (text: string, reason: string): readonly Notice[] => [{ kind: "line", line, text, reason }];
  if (files.size === 0) return notice("no COPY", `the image's ${workdir} has no files of the source`);
  if (root === undefined) return notice("no WORKDIR", "the files of / are in a separate folder here");
  return [];
}

function recipeOf(stage: Stage, notices: readonly Notice[]): Recipe {
  const { env, entrypoint, command, workdir, python, isWhole } = stage;
  const kept = Object.entries(env).filter(([name]) => !ofTheImage.has(name) && !ofTheMachine.includes(name));
  const layout = layoutOf(stage.tree, workdir, [...stage.folders.keys()]);
  const lost = foldersElsewhere(stage, layout.root);
  return {
    python,
    installs: withoutRepeats(stage.installs),
    isWhole,
    env: Object.fromEntries(kept),
    path: pathOf(stage),
    workdir,
    layout,
    notices: [...notices, ...lost, ...placeNotices(stage, layout)].toSorted(byLine),
    ...(entrypoint && { entrypoint: entrypoint.words }),
    ...(command && { command }),
  };
}

function targetIndex(texts: readonly StageText[], target: string | undefined): number | Problem {
  if (target === undefined) return texts.length - 1;
  const at = indexOf(texts, target, texts.length);
  if (at >= 0) return at;
  const names = texts.flatMap(({ name }) => (name ? [name] : []));
  const near = closest(target, names);
  const others = names.length > 0 ? `its stages are ${names.join(", ")}` : "its stages have no names";
  return {
    line: texts.at(-1)?.from.line ?? 1,
    message: `unknown stage ${target} (builder.target); ${near ? `did you mean ${near}?` : others}`,
  };
}

export function readDockerfile(text: string, options: BuildOptions): Reading {
  const { instructions, escape, problems: syntax } = parseInstructions(text);
  if (syntax.length > 0) return { problems: syntax.toSorted(byLine) };
  const problems: Problem[] = [];
  const taken = new Set<string>();
  const texts = splitStages(instructions);
  const target = targetIndex(texts, options.target);
  if (typeof target !== "number") return { problems: [target] };
  const globals = globalArguments(instructions, { options, taken, escape });
  const build: Build = {
    options,
    escape,
    globals,
    taken,
    stage: () => undefined,
    problem: (found) => problems.push(found),
  };
  const stages: Stages = { build, texts, made: new Map() };
  const stage = make(stages, target);
  if (problems.length > 0) return { problems: problems.toSorted(byLine) };
  const notices = [...stages.made.values()]
    .flatMap((one) => one.notices)
    .concat(endNotices(stage), idleArguments(build));
  return { recipe: recipeOf(stage, notices) };
}
