/** The operator, the command and the sizes of a first manifest, and why. Pure. */
import { recommendedRayVersion } from "../../api/ray/versions.ts";
import type { Operator } from "../../manifest/index.ts";
import type { FolderFacts } from "./inspect.ts";

export interface InitFlags {
  readonly operator?: Operator;
  readonly command?: string;
  readonly workers?: number;
  readonly cpus?: number;
  /** GB. */
  readonly memory?: number;
}

export interface Machine {
  readonly cpus: number;
  /** GB. */
  readonly memory: number;
  readonly gpus: number;
}

export interface Choice {
  readonly name: string;
  readonly operator: Operator;
  /** Undefined where nothing was found that could be run. */
  readonly command?: string;
  readonly workers: number;
  /** Of each pod. */
  readonly cpus: number;
  readonly memory: number;
  readonly gpus: number;
  readonly rayVersion: string;
  readonly hasDockerfile: boolean;
  /** A sentence for each thing that was chosen. */
  readonly reasons: readonly string[];
}

const frameworks: readonly (readonly [module: string, operator: Operator])[] = [
  ["ray", "kuberay"],
  ["torch", "pytorch"],
  ["jax", "jax"],
  ["xgboost", "xgboost"],
];

function chooseOperator({ imports, requirements }: FolderFacts): readonly [Operator, string] {
  for (const [module, operator] of frameworks)
    if (imports.has(module)) return [operator, `operator ${operator}: the code imports ${module}`];
  for (const [module, operator] of frameworks) {
    if (new RegExp(`(^|[\\s"'/])${module}([\\[=<>~!\\s"':]|$)`, "m").test(requirements))
      return [operator, `operator ${operator}: the requirements list ${module}`];
  }
  return ["jobset", "operator jobset: the code uses none of Ray, PyTorch, JAX and XGBoost"];
}

const usual = ["main.py", "train.py", "run.py", "app.py"];

/** The file to start: a usual name, the shallowest first, else the only program there is. */
function findProgram(files: readonly string[]): string | undefined {
  const depth = (file: string) => file.split("/").length;
  for (const level of [1, 2, 3]) {
    for (const name of usual) {
      const found = files.find((file) => depth(file) === level && (file === name || file.endsWith(`/${name}`)));
      if (found && (level === 1 || found.startsWith("src/"))) return found;
    }
  }
  const programs = files.filter(
    (file) => file.endsWith(".py") && depth(file) === 1 && !/^(setup|conftest|test_.*)\.py$/.test(file),
  );
  return programs.length === 1 ? programs[0] : undefined;
}

function moduleCommand(file: string): string {
  const folders = file.split("/").slice(0, -1);
  const [first, ...rest] = folders;
  return first === "src" ? `PYTHONPATH=src python3 -u -m ${rest.join(".")}` : `python3 -u -m ${folders.join(".")}`;
}

function chooseCommand({ files, placeOf }: FolderFacts): readonly [string, string] | undefined {
  const program = findProgram(files);
  if (program) {
    const place = placeOf(program);
    const why =
      place === undefined
        ? `${program}, which the Dockerfile does not copy: add a COPY line`
        : `the program is ${program}`;
    return [`python3 -u ${place ?? program}`, `command: ${why}`];
  }
  const module = files.find((file) => /^(src\/)?[A-Za-z_]\w*\/__main__\.py$/.test(file));
  return module ? [moduleCommand(module), `command: the package has a ${module}`] : undefined;
}

const rayVersion = (text: string) => /\bray(?:\[[^\]]*\])?==(\d+\.\d+\.\d+)|rayproject\/ray:(\d+\.\d+\.\d+)/.exec(text);

/** Largest first: what each pod may ask for. */
const cpuSteps = [4, 2, 1, 0.5, 0.3, 0.2, 0.1];
const memorySteps = [16, 8, 4, 2, 1, 0.5];

/** The largest of `steps` of which all pods together take at most half of what there is. */
const share = (steps: readonly number[], all: number, pods: number): number =>
  steps.find((step) => step * pods <= all * 0.5) ?? steps.at(-1) ?? 1;

const nameOf = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "") || "experiment";

export function choose(facts: FolderFacts, flags: InitFlags, machine: Machine): Choice {
  const [found, operatorReason] = facts.isEmpty
    ? (["jobset", "operator jobset: the folder was empty, and the example needs only Python"] as const)
    : chooseOperator(facts);
  const operator = flags.operator ?? found;
  const command = facts.isEmpty
    ? (["python3 -u main.py", "command: the example's main.py"] as const)
    : chooseCommand(facts);
  const workers = flags.workers ?? (operator === "jobset" && !facts.isEmpty ? 1 : 2);
  // A Ray cluster has a head and a submitter, too.
  const pods = workers + (operator === "kuberay" ? 2 : 0);
  const cpus = flags.cpus ?? share(cpuSteps, machine.cpus, pods);
  const memory = flags.memory ?? share(memorySteps, machine.memory, pods);
  const [, pinned, tagged] = rayVersion(facts.requirements) ?? [];
  const gpus = operator !== "jobset" && operator !== "xgboost" && workers > 0 ? Math.floor(machine.gpus / workers) : 0;
  return {
    name: nameOf(facts.name),
    operator,
    ...((flags.command ?? command?.[0]) && { command: flags.command ?? command?.[0] }),
    workers,
    cpus,
    memory,
    gpus,
    rayVersion: pinned ?? tagged ?? recommendedRayVersion,
    hasDockerfile: facts.hasDockerfile,
    reasons: [
      flags.operator ? `operator ${operator}: given with --operator` : operatorReason,
      ...(flags.command ? ["command: given with --command"] : command ? [command[1]] : []),
      `size: ${workers} ${workers === 1 ? "worker" : "workers"} of ${cpus} ${cpus === 1 ? "CPU" : "CPUs"}, ${memory} GB${gpus > 0 ? ` and ${gpus} GPUs` : ""}, which ${workers === 1 ? "fits" : "fit"} this machine`,
      facts.hasDockerfile
        ? "packages: those that the Dockerfile installs"
        : `packages: ${facts.hasRequirements || facts.isEmpty ? "those in the requirements" : "those of this machine's Python"}`,
    ],
  };
}
