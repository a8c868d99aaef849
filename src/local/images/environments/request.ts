/**
 * What a Python environment is asked to hold, as its user wrote it and before any tool has resolved it. A folder's
 * requirements.txt or pyproject.toml and the RUN lines of a Dockerfile become the same request. Types only.
 */

/** A Python that somebody asks for. */
export interface PythonWanted {
  /** A version (`3.9`, `3.10.13`: that one) or a set of PEP 440 (`>=3.9,<3.12`). */
  readonly version: string;
  /** Where it says so, as a user would name it: `FROM python:3.9`, `requires-python of pyproject.toml`. */
  readonly origin: string;
}

export type InstallTool = "pip" | "uv pip" | "uv sync" | "poetry" | "conda";

/** One call of an installer: `pip install ARGUMENTS` typed in `folder`. */
export interface InstallStep {
  readonly tool: InstallTool;
  /**
   * What follows `pip install`, `uv pip install`, `uv sync`, `poetry install`; for conda the file. One word each,
   * without shell quotes: `-r`, `requirements.txt`, `--extra-index-url`, `https://…`, `ray[default]==2.60.0`.
   */
  readonly arguments: readonly string[];
  /** Where relative paths begin: a folder of the source, relative to it; `.` is the source itself. */
  readonly folder: string;
}

/** The steps run in their order, as the RUN lines of a Dockerfile do; no step at all is the machine's own environment. */
export interface EnvironmentRequest {
  /** All of them have to hold. */
  readonly python: readonly PythonWanted[];
  readonly installs: readonly InstallStep[];
}
