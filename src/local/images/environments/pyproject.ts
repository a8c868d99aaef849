/** The parts of a pyproject.toml that say how a project is installed. Pure. */
import { parse } from "smol-toml";
import { EnvironmentError } from "./environment-error.ts";
import type { InstallStep, PythonWanted } from "./request.ts";

export interface PyProject {
  readonly project?: { readonly dependencies?: readonly string[]; readonly "requires-python"?: string };
  readonly "build-system"?: object;
  readonly tool?: {
    readonly uv?: object;
    readonly poetry?: {
      readonly "package-mode"?: boolean;
      readonly dependencies?: { readonly python?: string | object };
    };
  };
}

export function readToml<T>(text: string, file: string): T {
  try {
    return parse(text) as T;
  } catch (cause) {
    throw new EnvironmentError(`${file} cannot be read: ${(cause as Error).message.split("\n")[0]}`, { cause });
  }
}

export function pythonOfProject({ project, tool }: PyProject): readonly PythonWanted[] {
  const requires = project?.["requires-python"];
  if (requires) return [{ version: requires, origin: "requires-python in pyproject.toml" }];
  const poetry = tool?.poetry?.dependencies?.python;
  return typeof poetry === "string" ? [{ version: poetry, origin: "python in pyproject.toml" }] : [];
}

/** How a project is installed: as uv or Poetry would, for editing where it can be built, else its dependencies alone. */
export function stepOfProject(project: PyProject): InstallStep | undefined {
  const { tool = {}, "build-system": buildSystem, project: { dependencies = [] } = {} } = project;
  if (tool.uv) return { tool: "uv sync", arguments: [], folder: "." };
  if (tool.poetry) return { tool: "poetry", arguments: [], folder: "." };
  if (buildSystem) return { tool: "pip", arguments: ["-e", "."], folder: "." };
  return dependencies.length > 0 ? { tool: "pip", arguments: dependencies, folder: "." } : undefined;
}
