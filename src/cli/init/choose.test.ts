import { describe, expect, test } from "vitest";
import { parseManifest } from "../../manifest/index.ts";
import { choose, type Choice, type InitFlags, type Machine } from "./choose.ts";
import type { FolderFacts } from "./inspect.ts";
import { exampleFiles, manifestText } from "./texts.ts";

const machine: Machine = { cpus: 8, memory: 16, gpus: 0 };
const facts = (more: Partial<FolderFacts> = {}): FolderFacts => ({
  name: "My Project",
  isEmpty: false,
  files: ["main.py"],
  imports: new Set(),
  requirements: "",
  hasRequirements: false,
  hasDockerfile: false,
  placeOf: (file) => file,
  ...more,
});
const chosen = (more: Partial<FolderFacts>, flags: InitFlags = {}, where: Partial<Machine> = {}): Choice =>
  choose(facts(more), flags, { ...machine, ...where });

test.each<[sentence: string, more: Partial<FolderFacts>, wanted: string]>([
  ["Ray is imported, and PyTorch too", { imports: new Set(["torch", "ray"]) }, "kuberay"],
  ["PyTorch is imported", { imports: new Set(["torch", "os"]) }, "pytorch"],
  ["JAX is required", { requirements: "numpy\njax[cpu]==0.4\n" }, "jax"],
  ["XGBoost is in a pyproject.toml", { requirements: 'dependencies = ["xgboost>=2"]' }, "xgboost"],
  ["the base image is Ray's", { requirements: "FROM rayproject/ray:2.9.0" }, "kuberay"],
  ["a package that only sounds like one", { requirements: "xarray\ntorchless\n" }, "jobset"],
  ["nothing known", {}, "jobset"],
])("the operator, where %s", (_, more, wanted) => expect(chosen(more).operator).toBe(wanted));

test.each<[files: readonly string[], wanted: string | undefined]>([
  [["train.py", "main.py"], "python3 -u main.py"],
  [["setup.py", "fit.py", "tests/test_a.py"], "python3 -u fit.py"],
  [["src/train.py", "a.py", "b.py"], "python3 -u src/train.py"],
  [["src/pkg/main.py", "a.py", "b.py"], "python3 -u src/pkg/main.py"],
  [["pkg/__main__.py", "pkg/a.py"], "python3 -u -m pkg"],
  [["src/pkg/__main__.py"], "PYTHONPATH=src python3 -u -m pkg"],
  [["a.py", "b.py"], undefined],
  [["notes.md"], undefined],
])("the command for %j is %s", (files, wanted) => expect(chosen({ files }).command).toBe(wanted));

describe("a Dockerfile", () => {
  test("says where the program is", () =>
    expect(chosen({ files: ["src/main.py"], hasDockerfile: true, placeOf: () => "main.py" }).command).toBe(
      "python3 -u main.py",
    ));
  test("that does not copy it is told of", () =>
    expect(chosen({ hasDockerfile: true, placeOf: () => undefined }).reasons).toContain(
      "command: main.py, which the Dockerfile does not copy: add a COPY line",
    ));
});

test.each<
  [sentence: string, more: Partial<FolderFacts>, flags: InitFlags, where: Partial<Machine>, wanted: Partial<Choice>]
>([
  ["half of the machine", {}, { workers: 2 }, {}, { workers: 2, cpus: 2, memory: 4 }],
  [
    "a head and a submitter besides",
    { imports: new Set(["ray"]) },
    {},
    { cpus: 2, memory: 8 },
    { workers: 2, cpus: 0.2, memory: 1 },
  ],
  ["what the flags say", {}, { workers: 3, cpus: 5, memory: 7 }, {}, { workers: 3, cpus: 5, memory: 7 }],
  ["the GPUs that there are", { imports: new Set(["torch"]) }, {}, { gpus: 4 }, { workers: 2, gpus: 2 }],
  ["no GPUs for plain pods", {}, {}, { gpus: 4 }, { gpus: 0 }],
  ["the Ray that is required", { requirements: "ray[default]==2.52.1" }, {}, {}, { rayVersion: "2.52.1" }],
])("sizes: %s", (_, more, flags, where, wanted) => expect(chosen(more, flags, where)).toMatchObject(wanted));

test.each(["kuberay", "pytorch", "jax", "xgboost", "jobset"] as const)("a manifest for %s is valid", (operator) => {
  const choice = chosen({ isEmpty: true, hasDockerfile: true }, { operator }, { gpus: 2 });
  const { problems } = parseManifest(manifestText(choice, choice.command ?? "", "schema.json"), {
    file: "manifest.yaml",
  });
  expect(problems).toEqual([]);
  expect(Object.keys(exampleFiles(choice))).toEqual(["main.py", "requirements.txt"]);
});
