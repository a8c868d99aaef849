/** Every problem by a manifest that has it, and where it is told. */
import { describe, expect, it } from "vitest";
import { type ProblemCode, rules } from "./index.ts";
import { found, group, jobs, manifest, ray, read, small, worker, workers } from "./parse.test-support.ts";

const wrong: readonly (readonly [sentence: string, text: string, problems: readonly string[]])[] = [
  ["nothing", "", ["1:1 MANIFEST_EMPTY"]],
  ["a comment only", "# nothing yet\n", ["1:1 MANIFEST_EMPTY"]],
  ["a list", "- kind\n", ["1:1 MANIFEST_TYPE"]],
  ["a tab", "kind: x\nspec:\n\toperator: jax\n", ["3:1 MANIFEST_SYNTAX"]],
  ["broken indentation", "spec:\n    a: 1\n  b: 2\n", ["3:1 MANIFEST_SYNTAX"]],
  ["a key twice", manifest("jax", `    worker: ${small}\n`, "  image: a\n  image: b\n"), ["7:3 MANIFEST_SYNTAX"]],
  [
    "a key twice hides nothing else",
    group("{cpus: 1, memory: 1, memory: 2, cpu: 4}"),
    ["8:39 MANIFEST_SYNTAX", "8:50 MANIFEST_UNKNOWN_KEY"],
  ],
  ["a line that is broken in two ways", "kind: x\nspec:\n\ta: b: c\n", ["3:1 MANIFEST_SYNTAX"]],
  ["a bracket that is not closed", "spec:\n  command: [python3\n  image: x\n", ["3:3 MANIFEST_SYNTAX"]],
  ["nesting without end", "[".repeat(100_000), ["1:1 MANIFEST_SYNTAX"]],
  ["UTF-16", Buffer.from("kind: x\n", "utf16le").toString(), ["1:2 MANIFEST_SYNTAX"]],
  ["another encoding", "kind: x\nname: caf\uFFFD\n", ["2:10 MANIFEST_SYNTAX"]],
  [
    "a byte order mark before a misspelt key",
    `\uFEFFkid: x\n`,
    ["1:1 MANIFEST_UNKNOWN_KEY", "1:1 MANIFEST_REQUIRED", "1:1 MANIFEST_REQUIRED"],
  ],
  ["a merge of itself", "spec: &a\n  <<: *a\n", ["1:1 MANIFEST_SYNTAX"]],
  ["a quote that is not closed", 'kind: "a\n', ["2:1 MANIFEST_SYNTAX"]],
  ["two documents", `${group("{cpus: 1, memory: 1}")}---\na: 1\n`, ["9:1 MANIFEST_SYNTAX"]],
  ["an alias of nothing", "kind: *nothing\n", ["1:7 MANIFEST_SYNTAX"]],
  ["more than a megabyte", `# ${"x".repeat(1 << 20)}\n`, ["1:1 MANIFEST_TOO_LARGE"]],
  ["only a kind", "kind: AIchorManifest\n", ["1:1 MANIFEST_REQUIRED", "1:1 MANIFEST_REQUIRED"]],
  ["another kind", group("{cpus: 1, memory: 1}").replace("AIchorManifest", "AichorManifest"), ["1:7 MANIFEST_VALUE"]],
  ["a version to come", group("{cpus: 1, memory: 1}").replace("0.2.3", "0.3.0"), ["2:13 MANIFEST_VALUE"]],
  ["a version as a number", group("{cpus: 1, memory: 1}").replace('"0.2.3"', "0.2"), ["2:13 MANIFEST_TYPE"]],
  ["a misspelt operator", manifest("kubray", ray(small)), ["4:13 MANIFEST_OPERATOR"]],
  [
    "a misspelt operator hides nothing else",
    manifest("kubray", ray(small), "  comand: x\n"),
    ["4:13 MANIFEST_OPERATOR", "6:3 MANIFEST_UNKNOWN_KEY"],
  ],
  [
    "a misspelt operator: the groups are judged as those of the one meant",
    manifest("pytroch", "    worker: {cuont: 1, resources: {cpus: 1}}\n"),
    ["4:13 MANIFEST_OPERATOR", "7:14 MANIFEST_UNKNOWN_KEY", "7:24 MANIFEST_MEMORY"],
  ],
  ["an operator named like a property of objects", manifest("constructor", ray(small)), ["4:13 MANIFEST_OPERATOR"]],
  ["a misspelt field", group("{cpus: 1, ramRatoi: 2, ramRatio: 2}"), ["8:28 MANIFEST_UNKNOWN_KEY"]],
  ["cpus in quotes", group('{cpus: "1", ramRatio: 2}'), ["8:25 MANIFEST_TYPE"]],
  ["memory with a unit", group("{cpus: 1, memory: 64Gi}"), ["8:36 MANIFEST_TYPE"]],
  ["resources without a value", group(""), ["8:7 MANIFEST_TYPE"]],
  ["no resources", manifest("pytorch", "    worker: {count: 1}\n"), ["7:5 MANIFEST_REQUIRED"]],
  ["an empty command", group("{cpus: 1, memory: 1}").replace("python3 main.py", " "), ["5:12 MANIFEST_COMMAND"]],
  ["no Head", manifest("kuberay", "    Workers: []\n"), ["6:3 MANIFEST_REQUIRED"]],
  ["no Workers", manifest("kuberay", `    Head: ${small}\n`), ["6:3 MANIFEST_REQUIRED"]],
  ["no worker", manifest("jax", `    master: ${small}\n`), ["6:3 MANIFEST_REQUIRED", "7:5 MANIFEST_UNKNOWN_KEY"]],
  ["no group at all", jobs("    {}\n"), ["6:3 MANIFEST_REQUIRED"]],
  ["a negative count", workers(worker("a", ", count: -1")), ["9:59 MANIFEST_RANGE"]],
  ["half a pod", workers(worker("a", ", count: 1.5")), ["9:59 MANIFEST_TYPE"]],
  ["no pods", manifest("jax", "    worker: {count: 0, resources: {cpus: 1, memory: 1}}\n"), ["7:21 MANIFEST_RANGE"]],
  ["no Jobs", jobs("    a: {count: 0, resources: {cpus: 1, memory: 1}}\n"), ["6:3 MANIFEST_RANGE"]],
  ["two heads", manifest("kuberay", ray("{count: 2, resources: {cpus: 1, memory: 1}}")), ["7:19 MANIFEST_RANGE"]],
  ["upper case in a group of jobset", jobs(`    Worker: ${small}\n`), ["7:5 MANIFEST_NAME"]],
  ["a digit first", jobs(`    2nd: ${small}\n`), ["7:5 MANIFEST_NAME"]],
  ["a name too long for pods", jobs(`    ${"a".repeat(40)}: ${small}\n`), ["7:5 MANIFEST_NAME"]],
  ["an underscore in a worker group", workers(worker("cpu_small")), ["9:16 MANIFEST_NAME"]],
  ["the same worker group twice", workers(worker("a") + worker("a")), ["10:16 MANIFEST_DUPLICATE"]],
  ["a worker group called headgroup", workers(worker("headgroup")), ["9:16 MANIFEST_RESERVED_NAME"]],
  ["a worker group called head", workers(worker("head")), ["9:16 MANIFEST_RESERVED_NAME"]],
  [
    "completions below parallelisms",
    jobs("    a: {completions: 2, parallelisms: 3, resources: {cpus: 1, memory: 1}}\n"),
    ["7:39 MANIFEST_COMPLETIONS"],
  ],
  [
    "completions outside jobset",
    manifest("jax", "    worker: {completions: 2, resources: {cpus: 1, memory: 1}}\n"),
    ["7:14 MANIFEST_UNKNOWN_KEY"],
  ],
  ["a count without end", group("{cpus: 1, memory: 1, shmSizeGB: .inf}"), ["8:50 MANIFEST_TYPE"]],
  ["CPUs that are no number", group("{cpus: .nan, memory: 1}"), ["8:25 MANIFEST_TYPE"]],
  ["more CPUs than any machine has", group("{cpus: 1e300, memory: 1}"), ["8:25 MANIFEST_RANGE"]],
  ["more pods than Kubernetes counts", workers(worker("a", ", count: 3000000000")), ["9:59 MANIFEST_RANGE"]],
  [
    "a time-out of 70 years",
    manifest("jax", `    worker: ${small}\n`, '  timeout: "3660w"\n'),
    ["6:12 MANIFEST_TIMEOUT"],
  ],
  ["memory twice", group("{cpus: 1, ramRatio: 2, memory: 2}"), ["8:49 MANIFEST_MEMORY"]],
  ["no memory", group("{cpus: 1}"), ["8:7 MANIFEST_MEMORY"]],
  ["memory of nothing", group("{cpus: 1, ramRatio: 0}"), ["8:38 MANIFEST_MEMORY"]],
  ["a limit below the request", group("{cpus: 1, memory: 1, cpuLimitRatio: 0.5}"), ["8:54 MANIFEST_RANGE"]],
  [
    "storage of one byte",
    group('{cpus: 1, memory: 1, ephemeralStorageRequest: "1"}'),
    ["8:64 MANIFEST_STORAGE (warning)"],
  ],
  ["storage in no unit", group("{cpus: 1, memory: 1, ephemeralStorageRequest: lots}"), ["8:64 MANIFEST_STORAGE"]],
  [
    "a storage limit below the request",
    group("{cpus: 1, memory: 1, ephemeralStorageRequest: 2Gi, ephemeralStorageLimit: 1Gi}"),
    ["8:92 MANIFEST_STORAGE"],
  ],
  [
    "an unknown GPU",
    group("{cpus: 1, memory: 1, accelerators: {gpu: {count: 1, product: NVIDIA-A100-SXM4-80G}}}"),
    ["8:79 MANIFEST_PRODUCT (warning)"],
  ],
  [
    "a GPU without a count",
    group("{cpus: 1, memory: 1, accelerators: {gpu: {product: T4}}}"),
    ["8:54 MANIFEST_GPUS (warning)"],
  ],
  [
    "a product and a type that no node can have",
    group('{cpus: 1, memory: 1, accelerators: {gpu: {count: 1, product: "My GPU!", type: a b}}}'),
    ["8:79 MANIFEST_LABEL", "8:96 MANIFEST_LABEL"],
  ],
  [
    "selectors that no node can match",
    group('{cpus: 1, memory: 1, machineName: a b, extraSelectors: {a/b/c: x, d: "-"}}'),
    ["8:52 MANIFEST_LABEL", "8:74 MANIFEST_LABEL", "8:87 MANIFEST_LABEL"],
  ],
  [
    "tolerations that Kubernetes refuses",
    group(
      "{cpus: 1, memory: 1, extraTolerations: [{value: x}, {operator: Exists, value: x, key: a}, {key: a b}, {operator: Exists}]}",
    ),
    ["8:58 MANIFEST_LABEL", "8:96 MANIFEST_LABEL", "8:114 MANIFEST_LABEL"],
  ],
  ["a device with a blank", group("{cpus: 1, memory: 1, rdma: {devices: [a b]}}"), ["8:56 MANIFEST_LABEL"]],
  [
    "a TPU slice that does not come out even",
    manifest(
      "kuberay",
      ray("{resources: {cpus: 1, memory: 1, accelerators: {tpu: {type: t, topology: 2x3, tpuChipsCount: 4}}}}"),
    ),
    ["7:84 MANIFEST_TPU"],
  ],
  [
    "a TPU slice of several machines elsewhere",
    group("{cpus: 1, memory: 1, accelerators: {tpu: {type: t, topology: 4x4, tpuChipsCount: 4}}}"),
    ["8:79 MANIFEST_TPU"],
  ],
  [
    "an address for Ray",
    manifest("kuberay", ray("{resources: {cpus: 1, memory: 1}, rayStartParams: {address: x}}")),
    ["7:62 MANIFEST_RAY_PARAM"],
  ],
  [
    "a Redis password and block",
    workers(worker("a", ", rayStartParams: {redis-password: x, block: x}")),
    ["9:69 MANIFEST_RAY_PARAM", "9:88 MANIFEST_RAY_PARAM"],
  ],
  [
    "resources that are no JSON",
    workers(worker("a", ", rayStartParams: {resources: none}")),
    ["9:69 MANIFEST_RAY_PARAM"],
  ],
  [
    "a time-out without a unit",
    manifest("jax", `    worker: ${small}\n`, '  timeout: "90"\n'),
    ["6:12 MANIFEST_TIMEOUT"],
  ],
  [
    "two time-outs",
    manifest("jax", `    worker: ${small}\n`, "  timeout: 1h\n  activeDeadlineSeconds: 60\n"),
    ["7:26 MANIFEST_TIMEOUT_TWICE (warning)"],
  ],
  [
    "jupyter elsewhere",
    manifest("jax", `    worker: ${small}\n`, "  debug: {jupyter: {enabled: true}}\n"),
    ["6:11 MANIFEST_DEBUG"],
  ],
  [
    "VS Code with kuberay",
    manifest("kuberay", ray(small), "  debug: {vscode: {enabled: true}}\n"),
    ["6:11 MANIFEST_DEBUG"],
  ],
  [
    "an image that is not the one built",
    manifest("jax", `    worker: ${small}\n`, "  image: b\n").replace("spec:", "builder: {image: a}\nspec:"),
    ["7:10 MANIFEST_IMAGE (warning)"],
  ],
  [
    "no build, and nobody's image",
    manifest("jax", `    worker: ${small}\n`).replace("spec:", "builder: {skipBuild: {enabled: true}}\nspec:"),
    ["3:11 MANIFEST_REQUIRED"],
  ],
  [
    "two volumes at one place",
    manifest(
      "jax",
      `    worker: ${small}\n`,
      "  storage: {attachExistingPVCs: [{name: a, mountPoint: /a}, {name: b, mountPoint: /a/}]}\n",
    ),
    ["6:83 MANIFEST_MOUNT"],
  ],
  [
    "folders of the machine: a relative one, and two at one place",
    manifest(
      "jax",
      `    worker: ${small}\n`,
      "  storage: {mounts: [{hostPath: data, mountPoint: /a}, {hostPath: /b, mountPoint: /a}]}\n",
    ),
    ["6:33 MANIFEST_MOUNT", "6:83 MANIFEST_MOUNT"],
  ],
  [
    "a relative mount point",
    manifest("jax", `    worker: ${small}\n`, "  storage: {sharedVolume: {mountPoint: a, sizeGB: 1}}\n"),
    ["6:40 MANIFEST_MOUNT"],
  ],
  [
    "TensorBoard on a claim without a name",
    manifest("jax", `    worker: ${small}\n`, "  tensorboard: {enabled: true, usePVC: {enabled: true}}\n"),
    ["6:32 MANIFEST_CLAIM"],
  ],
  [
    "names that no claim and no storage class can have",
    manifest(
      "jax",
      `    worker: ${small}\n`,
      "  storage: {attachExistingPVCs: [{name: A_b, mountPoint: /a}], sharedVolume: {mountPoint: /b, sizeGB: 1, storageClass: A}}\n  tensorboard: {usePVC: {enabled: true, name: a b}}\n",
    ),
    ["6:41 MANIFEST_CLAIM", "6:120 MANIFEST_CLAIM", "7:47 MANIFEST_CLAIM"],
  ],
  [
    "volumes where shared memory and TensorBoard's claim are",
    manifest(
      "jax",
      "    worker: {resources: {cpus: 1, memory: 1, shmSizeGB: 1}}\n",
      "  storage: {attachExistingPVCs: [{name: a, mountPoint: /dev/shm}, {name: b, mountPoint: /mnt/tensorboard}]}\n  tensorboard: {usePVC: {enabled: true, name: c}}\n",
    ),
    ["6:56 MANIFEST_MOUNT", "6:89 MANIFEST_MOUNT"],
  ],
  ["a first-version manifest", "kind: IchorManifest\nversion: 0.0.2\n", ["1:7 MANIFEST_OLD"]],
  [
    "Master and Worker",
    manifest("pytorch", `    Master: ${small}\n    Worker: ${small}\n`),
    ["7:5 MANIFEST_OLD", "8:5 MANIFEST_OLD"],
  ],
  [
    "mistakes in groups of earlier versions",
    manifest("xgboost", "    Master: {cuont: 1, resources: {cpus: 1}}\n    Chief: {}\n"),
    ["7:5 MANIFEST_OLD", "7:14 MANIFEST_UNKNOWN_KEY", "7:24 MANIFEST_MEMORY", "8:5 MANIFEST_UNKNOWN_KEY"],
  ],
  ["jax with a Worker", manifest("jax", `    Worker: ${small}\n`), ["7:5 MANIFEST_OLD"]],
  ["the operator tf", manifest("tf", `    Worker: ${small}\n`), ["4:13 MANIFEST_OLD"]],
  [
    "mistakes beside an operator that is gone",
    manifest("tf", `    Worker: ${small}\n`, "  timeout: soon\n  imgae: x\n"),
    ["4:13 MANIFEST_OLD", "6:12 MANIFEST_TIMEOUT", "7:3 MANIFEST_UNKNOWN_KEY"],
  ],
  ["the operator batchjob", manifest("batchjob", `    Worker: ${small}\n`), ["4:13 MANIFEST_OLD"]],
  ["the operator ray", manifest("ray", `    Head: ${small}\n`), ["4:13 MANIFEST_OLD"]],
  ["the operator vertexai", manifest("vertexai", "    workerPoolSpecs: []\n"), ["4:13 MANIFEST_OPERATOR"]],
  [
    "the operator slurm",
    "kind: AIchorManifest\nspec:\n  operator: slurm\n",
    ["1:1 MANIFEST_REQUIRED", "3:13 MANIFEST_OPERATOR"],
  ],
  ["the oldest slurm shape", "job: {nodes: 1}\nscript: x\n", ["1:1 MANIFEST_OPERATOR"]],
  [
    "an anchor that contains itself",
    "kind: &a [*a]\n",
    ["1:1 MANIFEST_TYPE", "1:1 MANIFEST_REQUIRED", "1:1 MANIFEST_REQUIRED"],
  ],
];

describe("parseManifest finds", () => {
  it.each(wrong)("%s", (_, text, problems) => {
    expect(found(text)).toEqual(problems);
    const isRefused = problems.some((problem) => !problem.endsWith("(warning)"));
    expect(read(text).manifest === undefined).toBe(isRefused);
  });

  it("nothing without a way out", () => {
    const mute = wrong.flatMap(([sentence, text]) =>
      read(text)
        .problems.filter(({ remedy }) => !remedy)
        .map(({ message }) => `${sentence}: ${message}`),
    );
    expect(mute).toEqual([]);
  });

  it("every code there is", () => {
    const codes = new Set(wrong.flatMap(([, text]) => read(text).problems.map(({ code }) => code)));
    expect([...codes].toSorted()).toEqual((Object.keys(rules) as ProblemCode[]).toSorted());
  });

  it("all problems at once, in the order of the text", () => {
    const text = manifest(
      "kuberay",
      ray("{resources: {cpus: x}}", `\n${worker("a_b", ", count: -1")}`),
      "  imgae: x\n",
    );
    expect(found(text)).toEqual([
      "6:3 MANIFEST_UNKNOWN_KEY",
      "8:12 MANIFEST_MEMORY",
      "8:30 MANIFEST_TYPE",
      "10:16 MANIFEST_NAME",
      "10:61 MANIFEST_RANGE",
    ]);
  });
});
