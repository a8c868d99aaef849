/**
 * Whether the machine's own python3 is what a request asks for: a framework of gigabytes, installed by the system or in
 * the environment that is active, is not downloaded again. Nothing is installed, nothing is fetched.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvironmentError } from "./environment-error.ts";
import { machinePython } from "./interpreters.ts";
import { includedBy } from "./key.ts";
import { satisfies } from "./python-version.ts";
import type { EnvironmentRequest } from "./request.ts";
import { runProgram, silent } from "./run-program.ts";

/** Names of packages that pip can look for; undefined where there is more to it than names. */
function plainRequirements({ installs }: EnvironmentRequest, source: string): readonly string[] | undefined {
  const found = installs.map((step) => {
    const { isPlain, requirements } = includedBy(step, source);
    return step.tool.endsWith("pip") && isPlain ? requirements : undefined;
  });
  return found.every((each) => each !== undefined) ? found.flat() : undefined;
}

async function hasAll(requirements: readonly string[], signal: AbortSignal): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "windlass-requirements-"));
  const list = join(folder, "requirements.txt");
  writeFileSync(list, `${requirements.join("\n")}\n`);
  const argv = [
    "python3",
    "-m",
    "pip",
    "install",
    "--dry-run",
    "--no-index",
    "--disable-pip-version-check",
    "-r",
    list,
  ];
  try {
    // A system's Python refuses even to be asked without it.
    const answer = await runProgram({ argv, env: { PIP_BREAK_SYSTEM_PACKAGES: "1" } }, silent(signal));
    return !answer.includes("Would install");
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EnvironmentError) return false;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function isMetByMachine(
  request: EnvironmentRequest,
  source: string,
  signal: AbortSignal,
): Promise<boolean> {
  const requirements = plainRequirements(request, source);
  if (!requirements) return false;
  const python = await machinePython().catch(() => undefined);
  if (!python) return request.python.length === 0 && requirements.length === 0;
  if (!satisfies(python.version, request.python)) return false;
  return requirements.length === 0 || hasAll(requirements, signal);
}
