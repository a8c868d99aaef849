import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { migrateManifest, parseManifest } from "../index.ts";

const migrated = (text: string) => {
  const result = migrateManifest(text);
  if ("problems" in result) throw new Error(result.problems.map(({ message }) => message).join("; "));
  return result;
};
const head = (operator: string, version = "0.2.2") =>
  `kind: AIchorManifest\napiVersion: ${version}\nspec:\n  operator: ${operator}\n  command: "a  b"\n  types:\n`;
const group = (name: string, count = 1, cpus = 1) =>
  `    ${name}:\n      count: ${count}\n      resources: { cpus: ${cpus}, ramRatio: 2 }\n`;

const rows: readonly (readonly [sentence: string, before: string, after: string])[] = [
  [
    "today's form stays, to the letter",
    `${head("jax", "0.2.3")}${group("worker")}#  end`,
    `${head("jax", "0.2.3")}${group("worker")}#  end`,
  ],
  [
    "master and workers are one group",
    head("pytorch") + group("Master") + group("Worker", 3),
    head("pytorch", "0.2.3") + group("worker", 4),
  ],
  ["a master alone is a worker", head("xgboost") + group("Master"), head("xgboost", "0.2.3") + group("worker")],
  ["jax's Worker is lower-case", head("jax") + group("Worker", 2), head("jax", "0.2.3") + group("worker", 2)],
  [
    "tf runs as jobset",
    head("tf") + group("Worker", 2) + group("Chief"),
    head("jobset", "0.2.3") + group("worker", 2) + group("chief"),
  ],
  ["batchjob runs as jobset", head("batchjob") + group("Worker", 2), head("jobset", "0.2.3") + group("worker", 2)],
  [
    "ray runs as kuberay, without a group for the job",
    `${head("ray")}${group("Head")}${group("Job")}    Workers:\n      - count: 2\n        resources: { cpus: 1, ramRatio: 2 }\n`,
    `${head("kuberay", "0.2.3")}${group("Head")}    Workers:\n      - name: workers-1\n        count: 2\n        resources: { cpus: 1, ramRatio: 2 }\n`,
  ],
  [
    "the first version",
    "kind: IchorManifest\nversion: 0.0.2\ndocker:\n  image: x\nspec:\n  operator: jax\n  command: a\n  types:\n    Worker: { replicas: 2, cpus: 3, ramRatio: 2, gpus: 1, gpuType: gpu, gpuProduct: T4 }\n",
    "kind: AIchorManifest\napiVersion: 0.2.3\nbuilder:\n  image: x\nspec:\n  operator: jax\n  command: a\n  types:\n    worker: { count: 2, resources: { cpus: 3, ramRatio: 2, accelerators: { gpu: { count: 1, type: gpu, product: T4 } } } }\n",
  ],
  [
    "comments and quotes stay",
    '# top\nkind: "AIchorManifest"\napiVersion: "0.2.1" # old\nspec:\n  operator: pytorch\n  command: "a"\n  types:\n    # the first\n    Master:\n      resources: { cpus: 1, ramRatio: 2 }\n    # the others\n    Worker:\n      count: 3 # three\n      resources: { cpus: 1, ramRatio: 2 }\n',
    '# top\nkind: "AIchorManifest"\napiVersion: "0.2.3" # old\nspec:\n  operator: pytorch\n  command: "a"\n  types:\n    # the first\n    # the others\n    worker:\n      count: 4 # three\n      resources: { cpus: 1, ramRatio: 2 }\n',
  ],
  [
    "an alias of the master",
    `${head("pytorch")}    Master: &m\n      resources: { cpus: 1, ramRatio: 2 }\n    Worker: *m\n`,
    `${head("pytorch", "0.2.3")}    worker: &m\n      resources: { cpus: 1, ramRatio: 2 }\n      count: 2\n`,
  ],
  [
    "an anchor of the master that the worker uses",
    `${head("pytorch")}    Master:\n      resources: &r { cpus: 1, ramRatio: 2 }\n    Worker:\n      resources: *r\n`,
    `${head("pytorch", "0.2.3")}    worker:\n      resources: &r { cpus: 1, ramRatio: 2 }\n      count: 2\n`,
  ],
  [
    "a worker that is the master but for its count",
    `${head("xgboost")}    Master: &m\n      count: 1\n      resources: { cpus: 1, ramRatio: 2 }\n    Worker:\n      <<: *m\n      count: 3\n`,
    `${head("xgboost", "0.2.3")}    worker:\n      resources: { cpus: 1, ramRatio: 2 }\n      count: 4\n`,
  ],
  [
    "an anchor of ray's job that workers use",
    `${head("ray")}    Job:\n      resources: &r { cpus: 1, ramRatio: 2 }\n    Head:\n      resources: *r\n    Workers: []\n`,
    `${head("kuberay", "0.2.3")}    Head:\n      resources: &r { cpus: 1, ramRatio: 2 }\n    Workers: []\n`,
  ],
  [
    "names that Kubernetes does not take",
    head("tf") + group("2nd") + group("_Chief_") + group("a--b"),
    head("jobset", "0.2.3") + group("group-2nd") + group("chief") + group("a--b"),
  ],
  [
    "lines that end as on Windows, and braces without blanks",
    `${head("jax")}    Worker: {resources: {cpus: 1, ramRatio: 2}}\n`.replaceAll("\n", "\r\n"),
    `${head("jax", "0.2.3")}    worker: {resources: {cpus: 1, ramRatio: 2}}\n`.replaceAll("\n", "\r\n"),
  ],
  [
    "no version at all",
    head("jax").replace("apiVersion: 0.2.2\n", "") + group("Worker"),
    head("jax", "0.2.3") + group("worker"),
  ],
];

describe("migrateManifest", () => {
  it.each(rows)("%s", (_, before, after) => {
    const { text, changes } = migrated(before);
    expect(text).toBe(after);
    expect(changes.length > 0).toBe(before !== after);
    expect(parseManifest(text, { file: "m.yaml" }).problems).toEqual([]);
    expect(migrated(text)).toEqual({ text, changes: [] });
  });

  it("says when resources differed", () => {
    const { changes } = migrated(head("pytorch") + group("Master", 1, 1) + group("Worker", 1, 8));
    expect(changes).toContain(
      "all workers get the resources of Worker; the different resources of Master were dropped",
    );
  });

  it.each([
    ["broken YAML", "a: 1\n\tb: 2\n", "MANIFEST_SYNTAX"],
    ["nothing", "", "MANIFEST_EMPTY"],
    ["another service's manifest", "kind: AIchorManifest\nspec: {operator: vertexai}\n", "MANIFEST_OPERATOR"],
    [
      "an anchor that would be lost",
      `${head("pytorch")}    Master: &m\n      resources: { cpus: 1, ramRatio: 2 }\n    Worker:\n      <<: *m\n      more: *m\n`,
      "MANIFEST_OLD",
    ],
  ])("refuses %s", (_, text, code) => {
    expect(migrateManifest(text)).toMatchObject({ problems: [{ code }] });
  });

  it("never throws and has nothing to do a second time, whatever the manifest", () => {
    const operator = fc.constantFrom("pytorch", "xgboost", "jax", "tf", "batchjob", "ray", "jobset", "kuberay");
    const value = fc.oneof(
      fc.constant({ resources: { cpus: 1, ramRatio: 2 } }),
      fc.constant({ replicas: 1, cpus: 2 }),
      fc.constant(null),
      fc.constant([{}]),
      fc.string(),
    );
    const types = fc.dictionary(fc.constantFrom("Master", "Worker", "worker", "Head", "Job", "Workers", "A b"), value);
    fc.assert(
      fc.property(operator, types, fc.constantFrom("0.2.0", "0.2.2", "0.2.3", "9"), (name, groups, apiVersion) => {
        const first = migrateManifest(
          JSON.stringify({ kind: "AIchorManifest", apiVersion, spec: { operator: name, types: groups } }),
        );
        if ("problems" in first) return true;
        const second = migrateManifest(first.text);
        return "text" in second && second.changes.length === 0 && second.text === first.text;
      }),
    );
  });
});
