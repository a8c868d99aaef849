/** An environment before its first step: of venv, of uv, or of conda where the request is conda's. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { EnvironmentError } from "./environment-error.ts";
import type { Interpreter } from "./interpreters.ts";
import { findProgram } from "./programs.ts";
import type { InstallStep } from "./request.ts";
import { runProgram, type Running } from "./run-program.ts";
import type { Uv } from "./uv.ts";

const condas = ["micromamba", "mamba", "conda"];

export interface Base {
  readonly folder: string;
  readonly source: string | undefined;
  readonly uv: Uv | undefined;
  readonly path: string;
}

async function makeConda(step: InstallStep, { folder, source = "", path }: Base, running: Running): Promise<void> {
  const [name = "environment.yml"] = step.arguments;
  const file = join(source, step.folder, name);
  const program = condas.find((each) => findProgram(each, path));
  if (program === undefined) {
    const { dependencies = [] } = parse(readFileSync(file, "utf8")) as { readonly dependencies?: readonly unknown[] };
    const asked = dependencies
      .filter((each) => typeof each === "string")
      .slice(0, 4)
      .join(", ");
    throw new EnvironmentError(
      `${name} requires ${asked}${dependencies.length > 4 ? ", …" : ""} from conda, but none of ${condas.join(", ")} is on the PATH: install micromamba, or list packages for pip in a requirements.txt`,
    );
  }
  const create = program === "micromamba" ? ["create", "-y"] : ["env", "create"];
  running.progress(`$ ${program} ${create.join(" ")} -f ${name}`);
  await runProgram({ argv: [program, ...create, "-p", folder, "-f", file], cwd: join(source, step.folder) }, running);
}

export async function makeBase(
  installs: readonly InstallStep[],
  interpreter: Interpreter,
  base: Base,
  running: Running,
): Promise<void> {
  const { folder, uv } = base;
  const conda = installs.find(({ tool }) => tool === "conda");
  if (conda) return makeConda(conda, base, running);
  running.progress(`creating a Python ${interpreter.version} environment${uv ? " with uv" : ""}`);
  if (!uv) return void (await runProgram({ argv: [interpreter.file, "-m", "venv", folder] }, running));
  // With pip inside: `pip install` in an experiment's command must not find the machine's.
  const argv = [uv.file, "venv", "--python", interpreter.file, "--seed", "--no-project", "--quiet", folder];
  await runProgram({ argv, env: uv.env }, running);
}
