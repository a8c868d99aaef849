/** What a problem tells the user to do. */
import { describe, expect, it } from "vitest";
import { rules } from "./index.ts";
import { group, jobs, manifest, ray, read, small, workers } from "./parse.test-support.ts";

describe("a problem says", () => {
  it.each([
    [
      "once that a required field is misspelt",
      group("{cpus: 1, memory: 1}").replace("command:", "comand:"),
      "did you mean command?",
    ],
    ["what was probably meant", group("{cpus: 1, ramRatoi: 2, ramRatio: 2}"), "did you mean ramRatio?"],
    ["which operator was probably meant", manifest("pytorhc", `    worker: ${small}\n`), "did you mean pytorch?"],
    [
      "which value was probably meant",
      group("{cpus: 1, memory: 1}").replace("AIchorManifest", "AichorManifest"),
      "did you mean AIchorManifest?",
    ],
    ["how to write memory", group("{cpus: 1, memory: 64Gi}"), "the unit is GB; write the number: 64"],
    ["to put quotes", group("{cpus: 1, memory: 1}").replace('"python3 main.py"', "5"), 'put it in quotes: "5"'],
    [
      "to put quotes around what is written, not around what it is as a number",
      manifest("kuberay", ray(small), "  rayVersion: 2.40\n"),
      'put it in quotes: "2.40"',
    ],
    [
      "to put a unit, and quotes",
      manifest("jax", `    worker: ${small}\n`, "  timeout: 90\n"),
      'put it in quotes: "90s"',
    ],
    ["how to write a time-out", manifest("jax", `    worker: ${small}\n`, "  timeout: 1D2h\n"), 'write "1d 2h"'],
    [
      "which version is the current one",
      group("{cpus: 1, memory: 1}").replace("0.2.3", "0.2.4"),
      "did you mean 0.2.3?",
    ],
    ["to take quotes away", group('{cpus: "1", memory: 1}'), "remove the quotes: 1"],
    [
      "to write a command as one text",
      group("{cpus: 1, memory: 1}").replace('"python3 main.py"', "[python3]"),
      "write it as one string",
    ],
    [
      "where a field belongs that stands in the wrong place",
      group("{cpus: 1, memory: 1, gpu: {count: 1}}"),
      "it belongs at spec.types.worker.resources.accelerators.gpu",
    ],
    [
      "which operator a field belongs to",
      manifest("jax", "    worker: {completions: 2, resources: {cpus: 1, memory: 1}}\n"),
      "only the operator jobset supports it",
    ],
    ["how to write a list", workers("      {name: a}\n"), "start each list item with `- `"],
    ["how to name a group", jobs(`    Worker_2: ${small}\n`), "write worker-2"],
    [
      "how to migrate",
      manifest("jax", `    Worker: ${small}\n`),
      "`windlass migrate FILE` prints the current form; --write updates the file",
    ],
    [
      "which GPU was probably meant",
      group("{cpus: 1, memory: 1, accelerators: {gpu: {count: 1, product: NVIDIA-A100-SXM4-80G}}}"),
      "did you mean NVIDIA-A100-SXM4-80GB?",
    ],
  ])("%s", (_, text, remedy) => {
    expect(read(text).problems.map((problem) => problem.remedy)).toEqual([remedy]);
  });

  it("file, path and rule", () => {
    expect(read(group("{cpus: 1}")).problems).toMatchObject([
      { file: "m.yaml", path: "spec.types.worker.resources", rule: rules.MANIFEST_MEMORY, severity: "error" },
    ]);
  });
});
