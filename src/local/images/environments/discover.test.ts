/** What folders of several kinds ask for. */
import { expect, test } from "vitest";
import { discoverRequest } from "./discover.ts";
import type { InstallTool } from "./request.ts";

const discover = (files: Readonly<Record<string, string>>) =>
  discoverRequest({ text: (path) => files[path], isFolder: () => false });

const built = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "x"\n';

test.each<
  [string, Readonly<Record<string, string>>, readonly (readonly [InstallTool, ...string[]])[], string | undefined]
>([
  ["nothing", {}, [], undefined],
  ["requirements.txt", { "requirements.txt": "six" }, [["pip", "-r", "requirements.txt"]], "using requirements.txt"],
  [
    "requirements.txt before a project",
    { "requirements.txt": "six", "pyproject.toml": built },
    [["pip", "-r", "requirements.txt"]],
    "using requirements.txt; pyproject.toml ignored",
  ],
  ["a project that is built", { "pyproject.toml": built }, [["pip", "-e", "."]], "using pyproject.toml"],
  [
    "a project of dependencies alone",
    { "pyproject.toml": '[project]\nname = "x"\ndependencies = ["six", "ray[default]"]' },
    [["pip", "six", "ray[default]"]],
    "using pyproject.toml",
  ],
  ["settings of tools alone", { "pyproject.toml": "[tool.ruff]\nline-length = 100" }, [], undefined],
  ["a lock of uv", { "pyproject.toml": built, "uv.lock": "version = 1" }, [["uv sync", "--frozen"]], "using uv.lock"],
  ["sources of uv", { "pyproject.toml": `${built}[tool.uv.sources]` }, [["uv sync"]], "using pyproject.toml"],
  ["Poetry", { "pyproject.toml": '[tool.poetry]\nname = "x"' }, [["poetry"]], "using pyproject.toml"],
  ["setup.py", { "setup.py": "" }, [["pip", "-e", "."]], "using setup.py"],
  [
    "an environment.yml of Python and pip",
    { "environment.yml": "dependencies:\n- pip\n- pip:\n  - six\n  - -r more.txt\n" },
    [["pip", "six", "-r", "more.txt"]],
    "using environment.yml",
  ],
  [
    "an environment.yml of conda's packages",
    { "environment.yml": "dependencies: [cudatoolkit=11, {pip: [six]}]" },
    [["conda", "environment.yml"]],
    "using environment.yml",
  ],
])("%s", (_name, files, steps, note) => {
  const { request, note: told } = discover(files);
  expect(request.installs.map(({ tool, arguments: words }) => [tool, ...words])).toEqual(steps);
  expect(told).toBe(note);
});

test.each([
  [{ ".python-version": "3.10\n" }, ["3.10 by .python-version"]],
  [{ "pyproject.toml": '[project]\nrequires-python = ">=3.9"' }, [">=3.9 by requires-python in pyproject.toml"]],
  [{ "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.9"' }, ["^3.9 by python in pyproject.toml"]],
  [{ "environment.yml": "dependencies: [python=3.10.*, pip]" }, ["3.10 by python in environment.yml"]],
  [
    { "environment.yml": "dependencies: ['conda-forge::python>=3.9,<3.12']" },
    [">=3.9,<3.12 by python in environment.yml"],
  ],
  [{ "requirements.txt": "six" }, []],
])("%j asks for Python %j", (files, wanted) => {
  const { python } = discover(files).request;
  expect(python.map(({ version, origin }) => `${version} by ${origin}`)).toEqual(wanted);
});

test("a file that cannot be read is told by its name", () => {
  expect(() => discover({ "pyproject.toml": "[project\n" })).toThrow(/^pyproject\.toml cannot be read: /);
  expect(() => discover({ "environment.yml": "a: [" })).toThrow(/^environment\.yml cannot be read: /);
});
