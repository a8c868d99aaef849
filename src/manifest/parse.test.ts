/** The manifests that are taken without a word. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { group, jobs, manifest, ray, read, small, worker, workers } from "./parse.test-support.ts";

const valid: Readonly<Record<string, string>> = {
  "kuberay with a head alone": manifest("kuberay", ray(small)),
  "kuberay with worker groups": workers(worker("cpu-small", ", count: 8") + worker("GPU-big")),
  "a group that is not there yet": workers(worker("cpu", ", count: 0")),
  pytorch: group("{cpus: 4, ramRatio: 3, shmSizeGB: 0}"),
  "jax with memory in GB": manifest("jax", "    worker: {count: 2, resources: {cpus: 0.5, memory: 64}}\n"),
  xgboost: manifest("xgboost", `    worker: ${small}\n`),
  "jobset as an array": jobs(
    `    worker-2: {count: 5, completions: 4, parallelisms: 2, resources: {cpus: 1, ramRatio: 2}}\n`,
  ),
  "no GPU, though a product is named": group(
    "{cpus: 1, ramRatio: 2, accelerators: {gpu: {count: 0, product: T4, type: gpu}}}",
  ),
  "no GPU of a kind there is not": group("{cpus: 1, ramRatio: 2, accelerators: {gpu: {count: 0, product: any kind}}}"),
  "a claim that is not used": manifest(
    "jax",
    `    worker: ${small}\n`,
    "  tensorboard: {enabled: true, usePVC: {enabled: false, name: A b}}\n",
  ),
  "no shared memory, in words": group("{cpus: 1, ramRatio: 2, shmSizeGB: null}"),
  "empty start parameters": manifest(
    "kuberay",
    "    Head:\n      rayStartParams:\n      resources: {cpus: 1, ramRatio: 2}\n    Workers: []\n",
  ),
  "anchors, aliases and merge keys": jobs(
    "    a: &a\n      resources: &r {cpus: 1, ramRatio: 2}\n    b: *a\n    c:\n      <<: *a\n      count: 2\n",
  ),
  "merge keys within merge keys": jobs(
    "    a: &a\n      resources: {cpus: 1, ramRatio: 2}\n    b: &b\n      <<: *a\n      count: 2\n    c:\n      <<: *b\n      completions: 2\n",
  ),
  "a byte order mark and lines that end as on Windows": `\uFEFF${jobs(`    a: ${small}\n`).replaceAll("\n", "\r\n")}`,
  "a comment in another encoding": `# caf\uFFFD\n${jobs(`    a: ${small}\n`)}`,
  "an older version in today's shape": manifest("pytorch", `    worker: ${small}\n`).replace("0.2.3", "0.2.2"),
  "jupyter switched off elsewhere": manifest("jax", `    worker: ${small}\n`, "  debug: {jupyter: false}\n"),
  "a time-out of every unit": manifest("jax", `    worker: ${small}\n`, '  timeout: "1w 2d 5h 6m 20s"\n'),
};

describe("parseManifest accepts", () => {
  it.each(Object.entries(valid))("%s", (_, text) => {
    const result = read(text);
    expect(result.problems).toEqual([]);
    expect(result.manifest?.kind).toBe("AIchorManifest");
  });

  it("the example", () => {
    const text = readFileSync(new URL("../../examples/kuberay/manifest.yaml", import.meta.url), "utf8");
    expect(read(text)).toMatchObject({ problems: [], manifest: { spec: { operator: "kuberay" } } });
  });
});
