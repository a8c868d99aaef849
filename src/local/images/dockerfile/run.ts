/** A RUN line carried out on names: each of its commands becomes an install step, a change of the stage, or a notice. No I/O. */
import { posix } from "node:path";
import type { PythonWanted } from "../environments/request.ts";
import { effectOfPipeline } from "./commands.ts";
import type { Effect } from "./effect.ts";
import { contextTree, copyFiles } from "./files.ts";
import type { Instruction } from "./instructions.ts";
import { type Pipeline, readPipelines } from "./shell.ts";
import type { Build, Stage } from "./stage.ts";

/** What holds within one RUN: a `cd` and an `export` end with it. */
interface Shell {
  readonly stage: Stage;
  readonly mounted: Map<string, string>;
  readonly env: Record<string, string>;
  folder: string;
}

/** Files that `--mount=type=bind` shows to the command. */
function bindMounts(stage: Stage, { flags }: Instruction, build: Build): Map<string, string> {
  const seen = new Map(stage.tree);
  for (const { value } of flags.filter(({ name }) => name === "mount")) {
    const parts = Object.fromEntries(value.split(",").map((part) => part.split(/=(.*)/s, 2)));
    const target = parts["target"] ?? parts["dst"] ?? parts["destination"];
    if ((parts["type"] ?? "bind") !== "bind" || target === undefined) continue;
    const from = parts["from"] === undefined ? contextTree(build.options.files) : build.stage(parts["from"])?.tree;
    const source = parts["source"] ?? parts["src"] ?? ".";
    const copy = { sources: [source], target: posix.resolve(stage.workdir, target) };
    for (const [path, file] of from ? copyFiles(from, new Map(), copy).placed : []) seen.set(path, file);
  }
  return seen;
}

const shortest = (text: string) => (text.length > 72 ? `${text.slice(0, 71)}…` : text);

function wantPython({ python }: Stage, wanted: PythonWanted): void {
  if (!python.some(({ version }) => version === wanted.version)) python.push(wanted);
}

/** `apt-get install python3.10`: that version is asked for. */
function pythonOfPackages(packages: readonly string[]): string | undefined {
  return packages.map((name) => /^python(3\.\d+)$/.exec(name)?.[1]).find(Boolean);
}

function apply(shell: Shell, { line, text }: Pipeline, effect: Effect): void {
  const { stage } = shell;
  const want = (version: string) => wantPython(stage, { version, origin: `line ${line} of the Dockerfile` });
  switch (effect.kind) {
    case "nothing":
      return;
    case "install":
      stage.installs.push(effect.step);
      if (effect.step.tool === "uv sync") stage.environments.add(posix.join(shell.folder, ".venv"));
      if (effect.python) want(effect.python);
      return;
    case "python":
      return want(effect.version);
    case "environment":
      stage.environments.add(effect.path);
      if (effect.python) want(effect.python);
      return;
    case "system": {
      const version = pythonOfPackages(effect.packages);
      if (version) want(version);
      // The machine has a Python, and pip and virtual environments with it.
      const packages = effect.packages.filter(
        (name) => !/^python3?(\.\d+)?(-(pip|venv|dev|distutils|minimal|is-python3?))?$|^python-is-python3$/.test(name),
      );
      if (packages.length > 0) stage.notices.push({ kind: "packages", line, packages });
      return;
    }
    case "enter":
      shell.folder = effect.path;
      return;
    case "folders":
      for (const path of effect.paths) stage.folders.set(path, line);
      return;
    case "variables":
      Object.assign(shell.env, effect.env);
      return;
    case "unknown":
      stage.isWhole = false;
      stage.notices.push({ kind: "line", line, text: shortest(text), reason: effect.reason ?? "not run" });
  }
}

function effectOf(shell: Shell, pipeline: Pipeline): Effect {
  if (pipeline.isOpaque) return { kind: "unknown" };
  const [first] = pipeline.commands;
  if (first && first.words.length === 0 && pipeline.commands.length === 1) return { kind: "variables", env: first.env };
  const env = { ...shell.env, ...first?.env };
  const place = { workdir: shell.folder, tree: shell.mounted, env };
  return effectOfPipeline(
    pipeline.commands.map(({ words }) => words),
    pipeline.text,
    place,
  );
}

export function carryOut(stage: Stage, instruction: Instruction, build: Build): void {
  const env = { ...stage.args, ...stage.env };
  const shell: Shell = { stage, mounted: bindMounts(stage, instruction, build), env, folder: stage.workdir };
  const { exec, text, line, documents } = instruction;
  const isShell = exec && /(^|\/)(ba)?sh$/.test(exec[0] ?? "") && exec[1] === "-c";
  if (exec && !isShell) {
    const command = { line, text: exec.join(" "), words: exec, env: {} };
    const pipeline = { line, text: command.text, commands: [command], isFallback: false, isOpaque: false };
    return apply(shell, pipeline, effectOf(shell, pipeline));
  }
  const script = exec?.[2] ?? text;
  const [document] = documents;
  const isScript = document !== undefined && /^[\s\uE000]*((ba)?sh\s+)?<<-?['"]?\w+['"]?\s*$/.test(text);
  const source = isScript ? document : { line, text: script };
  for (const pipeline of readPipelines(source.text, source.line, (name) =>
    Object.hasOwn(shell.env, name) ? shell.env[name] : undefined,
  ))
    if (!pipeline.isFallback) apply(shell, pipeline, effectOf(shell, pipeline));
}
