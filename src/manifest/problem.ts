/** What is wrong with a manifest, where, by which rule, and what to do about it. */

export interface Problem {
  readonly severity: "error" | "warning";
  /** Stable, `MANIFEST_…`; listed in docs/reference/manifest.md. */
  readonly code: ProblemCode;
  readonly message: string;
  /** What every manifest keeps to, and this one does not. */
  readonly rule: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** `spec.types.Workers[0].count`. */
  readonly path: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** Codes and the rules they stand for. */
export const rules = {
  MANIFEST_SYNTAX: "The file is YAML: one document, spaces for indentation, every key once.",
  MANIFEST_EMPTY: "The file holds a manifest.",
  MANIFEST_TOO_LARGE: "A manifest is at most 1 MB.",
  MANIFEST_TYPE: "Every field has the type of the reference.",
  MANIFEST_UNKNOWN_KEY: "Only fields of the reference may appear.",
  MANIFEST_REQUIRED: "Fields marked required are there.",
  MANIFEST_VALUE: "Fields with a list of values have one of them.",
  MANIFEST_RANGE: "Numbers are within their bounds.",
  MANIFEST_OPERATOR: "The operator is one that runs here: kuberay, pytorch, jax, xgboost or jobset.",
  MANIFEST_OLD: "The manifest has the shape of version 0.2.3; `windlass migrate` rewrites older ones.",
  MANIFEST_NAME:
    "Names of pod groups are letters, digits and '-' (lower case and a letter first, outside kuberay), short enough for the pods' names.",
  MANIFEST_RESERVED_NAME: "No worker group is called head or headgroup: those are the head's own.",
  MANIFEST_DUPLICATE: "Names of pod groups are unique.",
  MANIFEST_MEMORY: "Memory is given once, as memory or as ramRatio, and is more than nothing.",
  MANIFEST_TIMEOUT: 'A timeout reads like "1w 2d 5h 6m 20s": any of weeks, days, hours, minutes and seconds.',
  MANIFEST_TIMEOUT_TWICE: "timeout wins over activeDeadlineSeconds.",
  MANIFEST_COMPLETIONS: "No more pods run at once than there are to complete.",
  MANIFEST_STORAGE: "An ephemeral storage limit is not below its request; quantities carry a unit.",
  MANIFEST_RAY_PARAM: "The operator sets address, block, head and the Redis parameters of `ray start` itself.",
  MANIFEST_COMMAND: "The command is not empty.",
  MANIFEST_TPU: "A TPU topology is whole machines: 4x4 with 4 chips each is 4 machines; several machines need kuberay.",
  MANIFEST_MOUNT:
    "Volumes are mounted at absolute paths, one at each; shared memory and TensorBoard's claim have theirs.",
  MANIFEST_CLAIM: "A claim or storage class that is used is named, as Kubernetes names it.",
  MANIFEST_DEBUG: "Jupyter goes with kuberay, VS Code with the other operators.",
  MANIFEST_IMAGE: "builder.image and spec.image name the same image.",
  MANIFEST_LABEL: "Node labels, taints and devices are named as Kubernetes names them.",
  MANIFEST_GPUS: "Where a GPU is named, its count is given; 0 means none.",
  MANIFEST_PRODUCT: "The GPU product is one that NVIDIA's feature discovery names.",
} as const;

export type ProblemCode = keyof typeof rules;
