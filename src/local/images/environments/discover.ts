/**
 * What a source folder asks of its environment where no Dockerfile says it: requirements.txt, else uv.lock, else
 * pyproject.toml or setup.py, else environment.yml. One of them is followed, and the note says which. Pure.
 */
import { condaRequest } from "./conda.ts";
import { type PyProject, pythonOfProject, readToml, stepOfProject } from "./pyproject.ts";
import { parsePythonVersionFile } from "./python-version.ts";
import type { EnvironmentRequest, InstallStep, PythonWanted } from "./request.ts";
import type { SourceReader } from "./requirement-files.ts";

export interface Discovered {
  readonly request: EnvironmentRequest;
  /** For the build's log: the file that is followed, and those that are not. */
  readonly note?: string;
}

const inOrder = ["requirements.txt", "uv.lock", "pyproject.toml", "setup.py", "environment.yml", "environment.yaml"];

const only = (step: InstallStep | undefined): EnvironmentRequest => ({ python: [], installs: step ? [step] : [] });

function requestOf(file: string, source: SourceReader, project: PyProject): EnvironmentRequest {
  switch (file) {
    case "requirements.txt":
      return only({ tool: "pip", arguments: ["-r", file], folder: "." });
    case "uv.lock":
      return only({ tool: "uv sync", arguments: ["--frozen"], folder: "." });
    case "pyproject.toml":
      return only(stepOfProject(project));
    case "setup.py":
      return only({ tool: "pip", arguments: ["-e", "."], folder: "." });
    default:
      return condaRequest(source.text(file) ?? "", file);
  }
}

function pythonFile(source: SourceReader): readonly PythonWanted[] {
  const version = parsePythonVersionFile(source.text(".python-version") ?? "");
  return version ? [{ version, origin: ".python-version" }] : [];
}

/** Where Python alone is asked for, that is a request, too: an environment of nothing but that Python. */
export function discoverRequest(source: SourceReader): Discovered {
  const text = source.text("pyproject.toml");
  const project = text === undefined ? {} : readToml<PyProject>(text, "pyproject.toml");
  const python = [...pythonFile(source), ...pythonOfProject(project)];
  const there = inOrder.filter((file) => source.text(file) !== undefined);
  for (const [at, file] of there.entries()) {
    const request = requestOf(file, source, project);
    if (request.installs.length === 0 && request.python.length === 0) continue;
    const others = there.slice(at + 1).filter((other) => other !== "pyproject.toml" || file !== "uv.lock");
    const rest = others.length > 0 ? `; ${others.join(" and ")} ignored` : "";
    return { request: { ...request, python: [...python, ...request.python] }, note: `using ${file}${rest}` };
  }
  return { request: { python, installs: [] } };
}
