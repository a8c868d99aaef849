/** Carries out the steps of a request in an environment, by uv where it is to be had, else by pip. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { EnvironmentError } from "./environment-error.ts";
import { includedBy, sourceReader } from "./key.ts";
import { editable, ownArguments, uvArguments } from "./pip-arguments.ts";
import { poetryInstall } from "./poetry.ts";
import { type PyProject, readToml } from "./pyproject.ts";
import type { InstallStep } from "./request.ts";
import { type Program, runProgram, type Running } from "./run-program.ts";
import type { Uv } from "./uv.ts";

export interface Place {
  /** Folder of the environment. */
  readonly folder: string;
  /** What the steps' folders are in: the snapshot, or a copy of it that may be written. */
  readonly source: string;
  readonly uv: Uv | undefined;
}

const pythonOf = ({ folder }: Place) => join(folder, "bin", "python");

const pipEnv = {
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  PIP_NO_INPUT: "1",
  PIP_ROOT_USER_ACTION: "ignore",
  PIP_USER: undefined,
  PIP_TARGET: undefined,
};

/** `pip install` as pip means it: the best version of all indexes, hashes for all when one has a hash. */
function pipProgram(step: InstallStep, place: Place): Program {
  const { uv, source } = place;
  const { options, hasHashes } = includedBy(step, source);
  const words = editable(step.arguments);
  const cwd = join(source, step.folder);
  if (!uv) {
    const pip = [pythonOf(place), "-m", "pip", "install", "--progress-bar", "off"];
    return { argv: [...pip, ...ownArguments(words)], cwd, env: pipEnv };
  }
  const hashes = hasHashes && !words.includes("--require-hashes") ? ["--require-hashes"] : [];
  const strategy =
    step.tool === "pip" && !process.env["UV_INDEX_STRATEGY"] ? ["--index-strategy", "unsafe-best-match"] : [];
  const argv = [uv.file, "pip", "install", "--python", pythonOf(place), ...strategy, ...hashes];
  return { argv: [...argv, ...uvArguments(words, options)], cwd, env: uv.env };
}

/** Options of `uv sync` that would undo what is decided here. */
const notOurs = new Set(["--no-editable", "--no-cache", "--active", "--exact", "--quiet", "-q", "-n"]);

function syncProgram(step: InstallStep, place: Place): Program {
  const { uv, folder, source } = place;
  if (!uv) {
    throw new EnvironmentError(
      "the project uses uv, which is not on the PATH and cannot be downloaded: install uv (`pip install uv`), or export a requirements.txt (`uv export --frozen > requirements.txt`)",
    );
  }
  const words = step.arguments.filter((word) => !notOurs.has(word));
  return {
    argv: [uv.file, "sync", "--inexact", ...words],
    cwd: join(source, step.folder),
    env: { ...uv.env, UV_PROJECT_ENVIRONMENT: folder, UV_PYTHON: pythonOf(place) },
  };
}

function poetryProgram(step: InstallStep, place: Place): Program {
  const reader = sourceReader(join(place.source, step.folder));
  const project = readToml<PyProject>(reader.text("pyproject.toml") ?? "", "pyproject.toml");
  const { constraints, arguments: words } = poetryInstall(project, reader.text("poetry.lock"));
  const file = join(place.folder, "poetry-constraints.txt");
  if (constraints.length > 0) writeFileSync(file, `${constraints.join("\n")}\n`);
  const program = pipProgram({ ...step, tool: "pip", arguments: words }, place);
  return { ...program, argv: [...program.argv, ...(constraints.length > 0 ? ["-c", file] : [])] };
}

const programs: Readonly<Record<InstallStep["tool"], ((step: InstallStep, place: Place) => Program) | undefined>> = {
  pip: pipProgram,
  "uv pip": pipProgram,
  "uv sync": syncProgram,
  poetry: poetryProgram,
  // Conda makes the environment itself, before any other step.
  conda: undefined,
};

/** What pip takes and uv does not: lines continued in the middle of a requirement, options of pip alone. */
const isNotRead = (error: unknown) =>
  error instanceof EnvironmentError && /Couldn't parse requirement|unexpected argument/.test(error.output);

export async function install(steps: readonly InstallStep[], place: Place, running: Running): Promise<void> {
  for (const step of steps) {
    const program = programs[step.tool]?.(step, place);
    if (!program) continue;
    running.progress(`$ ${step.tool}${step.tool.endsWith("pip") ? " install" : ""} ${step.arguments.join(" ")}`.trim());
    await runProgram(program, running).catch((error: unknown) => {
      if (!place.uv || step.tool !== "pip" || !isNotRead(error)) throw error;
      running.progress("uv cannot handle these requirements as pip does: using pip");
      return runProgram(pipProgram(step, { ...place, uv: undefined }), running);
    });
  }
}
