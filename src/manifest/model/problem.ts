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
  MANIFEST_SYNTAX: "The file is one YAML document, indented with spaces, with no duplicate keys.",
  MANIFEST_EMPTY: "The file contains a manifest.",
  MANIFEST_TOO_LARGE: "A manifest is at most 1 MB.",
  MANIFEST_TYPE: "Every field has the type given in the reference.",
  MANIFEST_UNKNOWN_KEY: "Only fields listed in the reference are allowed.",
  MANIFEST_REQUIRED: "Required fields are set.",
  MANIFEST_VALUE: "Fields with a fixed set of values take one of them.",
  MANIFEST_RANGE: "Numbers are within their limits.",
  MANIFEST_OPERATOR: "The operator is kuberay, pytorch, jax, xgboost or jobset.",
  MANIFEST_OLD: "The manifest follows version 0.2.3; `windlass migrate` converts older ones.",
  MANIFEST_NAME:
    "Pod group names consist of letters, digits and '-' (outside kuberay: lower case, starting with a letter) and fit into the pod names.",
  MANIFEST_RESERVED_NAME: "No worker group is named head or headgroup: these names belong to the head.",
  MANIFEST_DUPLICATE: "Pod group names are unique.",
  MANIFEST_MEMORY: "Memory is set once, as memory or as ramRatio, and is greater than zero.",
  MANIFEST_TIMEOUT: 'A timeout looks like "1w 2d 5h 6m 20s": any of weeks, days, hours, minutes and seconds.',
  MANIFEST_TIMEOUT_TWICE: "timeout overrides activeDeadlineSeconds.",
  MANIFEST_COMPLETIONS: "parallelisms is at most completions.",
  MANIFEST_STORAGE: "An ephemeral storage limit is at least the request, and both have a unit.",
  MANIFEST_RAY_PARAM: "The address, block, head and Redis parameters of `ray start` are set by the operator.",
  MANIFEST_COMMAND: "The command is not empty.",
  MANIFEST_TPU:
    "A TPU topology consists of whole machines (4x4 with 4 chips each is 4 machines); more than one requires kuberay.",
  MANIFEST_MOUNT:
    "Each volume has its own absolute mount path; the paths of shared memory and TensorBoard's claim are reserved.",
  MANIFEST_CLAIM: "Claims and storage classes have valid Kubernetes names.",
  MANIFEST_DEBUG: "Jupyter requires kuberay; VS Code requires one of the other operators.",
  MANIFEST_IMAGE: "builder.image and spec.image name the same image.",
  MANIFEST_LABEL: "Node labels, taints and devices have valid Kubernetes names.",
  MANIFEST_GPUS: "A GPU entry sets count; 0 means none.",
  MANIFEST_PRODUCT: "The GPU product is a name that NVIDIA GPU Feature Discovery uses.",
} as const;

export type ProblemCode = keyof typeof rules;
