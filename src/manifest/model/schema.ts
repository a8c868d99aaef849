/**
 * The manifest's fields, as JSON Schema: what editors, the reference page and the validator all read. One schema per
 * operator, for the pod groups differ.
 */
import { defaultRayVersion } from "../../api/ray/versions.ts";
import { maxInteger } from "./timeout.ts";

export const operators = ["kuberay", "pytorch", "jax", "xgboost", "jobset"] as const;
export type Operator = (typeof operators)[number];
/** The current one first: it is what a mistyped version is taken for. */
export const versions = ["0.2.3", "0.2.2", "0.2.1", "0.2.0"] as const;

export interface FieldSchema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** What a number written without a unit most likely lacks; of texts that carry one. */
  readonly unit?: string;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  /** Of maps with free keys; `properties` and this exclude each other. */
  readonly additionalProperties?: FieldSchema | false;
  readonly items?: FieldSchema;
  readonly minItems?: number;
  readonly minProperties?: number;
  /** null is as good as absent. */
  readonly nullable?: boolean;
  /** Any of these. */
  readonly anyOf?: readonly FieldSchema[];
  readonly default?: unknown;
}

const string = (description: string) => ({ type: "string", description }) as const;
const bool = (description: string) => ({ type: "boolean", description }) as const;
/** Kubernetes' counts and times have 32 bits. */
const integer = (description: string, minimum = 0) =>
  ({ type: "integer", description, minimum, maximum: maxInteger }) as const;
/** CPUs, GB and ratios: no machine has a million of any. */
const number = (description: string, minimum = 0) =>
  ({ type: "number", description, minimum, maximum: 1_000_000 }) as const;
const choice = <const Values extends readonly string[]>(description: string, values: Values) =>
  ({ type: "string", description, enum: values }) as const;
const map = <const Of extends FieldSchema>(description: string, of: Of) =>
  ({ type: "object", description, additionalProperties: of }) as const;
const list = <const Of extends FieldSchema>(description: string, of: Of, minItems?: number) =>
  ({ type: "array", description, items: of, ...(minItems && { minItems }) }) as const;

function object<
  const Properties extends Readonly<Record<string, FieldSchema>>,
  const Names extends readonly (keyof Properties & string)[] = readonly [],
>(description: string, properties: Properties, required?: Names) {
  // Without names the type is that of an empty list.
  const names = (required ?? []) as unknown as Names;
  return { type: "object", description, properties, required: names, additionalProperties: false } as const;
}

const toleration = object("A taint that the pods tolerate.", {
  key: string("Taint key."),
  operator: choice("How key and value are compared.", ["Exists", "Equal"]),
  value: string("Taint value."),
  effect: choice("Effect of the taint.", ["NoSchedule", "PreferNoSchedule", "NoExecute"]),
});

export const accelerators = object("Accelerators of each pod.", {
  gpu: object("GPUs; a count of 0 means none.", {
    count: integer("GPUs per pod."),
    type: {
      ...string("Resource name behind `nvidia.com/`: `gpu`, or a MIG slice such as `mig-3g.20gb`."),
      default: "gpu",
    },
    product: string("Product label of the GPU, as NVIDIA's feature discovery names it: `NVIDIA-A100-SXM4-80GB`."),
  }),
  tpu: object(
    "A TPU slice; `count` of the group is then the number of slices.",
    {
      type: string("Accelerator type: `tpu-v5-lite-podslice`."),
      topology: string("Topology of the slice: `4x4`."),
      tpuChipsCount: integer("Chips per machine.", 1),
    },
    ["type", "topology", "tpuChipsCount"],
  ),
});

export const resources = object(
  "Resources of each pod of the group.",
  {
    cpus: number("CPUs requested per pod; may be a fraction."),
    ramRatio: number("Memory in GB per CPU: memory = cpus × ramRatio."),
    memory: number("Memory in GB per pod, instead of ramRatio."),
    cpuLimitRatio: { ...number("CPU limit as a multiple of `cpus`; 1 pins the limit to the request.", 1), default: 2 },
    shmSizeGB: { ...number("Size of /dev/shm in GB."), nullable: true },
    ephemeralStorageRequest: { ...string("Scratch disk requested: `20Gi`."), unit: "Gi" },
    ephemeralStorageLimit: { ...string("Limit on scratch disk: `40Gi`."), unit: "Gi" },
    machineName: string("Name of the machine to run on."),
    extraSelectors: map("Further node labels to select by.", string("Label value.")),
    extraTolerations: list("Taints to tolerate.", toleration),
    rdma: object("Network cards for RDMA.", { devices: list("SR-IOV resource names.", string("Device."), 1) }, [
      "devices",
    ]),
    accelerators,
  },
  ["cpus"],
);

const count = (value: number) =>
  ({ ...integer("Pods of the group (Jobs, for jobset; slices, for TPUs)."), default: value }) as const;
const rayStartParams = {
  ...map("Parameters of `ray start`, added to the defaults or in their place.", {
    anyOf: [{ type: "string" }, { type: "number" }, { type: "boolean" }],
  }),
  nullable: true,
} as const;

const plainGroup = object("A group of identical pods.", { count: count(1), resources }, ["resources"]);
export const jobSetGroup = object(
  "A group of Jobs.",
  {
    count: count(1),
    completions: { ...integer("Pods of each Job.", 1), default: 1 },
    parallelisms: { ...integer("Pods of one Job that run at once.", 1), default: 1 },
    resources,
  },
  ["resources"],
);

export const typesOf = {
  kuberay: object(
    "Head and worker groups of the Ray cluster.",
    {
      Head: object(
        "The head: one pod with GCS, scheduler and dashboard.",
        {
          count: integer("Always 1.", 1),
          resources,
          rayStartParams,
          ports: list("No longer used.", { type: "integer" }),
        },
        ["resources"],
      ),
      Workers: list(
        "Worker groups; the name of each is a logical resource of its pods.",
        object(
          "A worker group.",
          {
            name: string("Name of the group and of its logical resource."),
            count: count(0),
            resources,
            rayStartParams,
            ports: list("No longer used.", { type: "integer" }),
          },
          ["name", "resources"],
        ),
      ),
    },
    ["Head", "Workers"],
  ),
  pytorch: object("The pods of the distributed run.", { worker: plainGroup }, ["worker"]),
  jax: object("The pods of the distributed run.", { worker: plainGroup }, ["worker"]),
  xgboost: object("The pods of the distributed run.", { worker: plainGroup }, ["worker"]),
  jobset: { ...map("Groups of Jobs by name.", jobSetGroup), minProperties: 1 },
} as const satisfies Readonly<Record<Operator, FieldSchema>>;

const tensorboard = object("TensorBoard beside the experiment.", {
  enabled: { ...bool("Whether it runs."), default: false },
  usePVC: object("Read logs from a volume instead of the bucket.", {
    enabled: bool("Whether it is enabled."),
    name: string("Claim name."),
  }),
});

const debug = object("Interactive debugging in place of the command.", {
  jupyter: {
    description: "A Jupyter server on the head (kuberay).",
    anyOf: [
      { type: "boolean" },
      object("Jupyter.", {
        enabled: bool("Whether it runs instead of the command."),
        path: { ...string("Path of the jupyter program."), default: "jupyter" },
      }),
    ],
  },
  vscode: object(
    "A VS Code tunnel instead of the command.",
    {
      enabled: bool("Whether it runs."),
      path: { ...string("Path of the code program."), default: "code" },
      provider: choice("Login provider.", ["github", "microsoft"]),
    },
    ["enabled"],
  ),
});

const storage = object("Volumes.", {
  sharedVolume: object(
    "A scratch volume shared by all pods of the experiment and deleted when it ends; write results to `AICHOR_OUTPUT_PATH`.",
    {
      mountPoint: string("Where it is mounted."),
      sizeGB: integer("Size in GB.", 1),
      storageClass: string("Storage class."),
      accessMode: choice("How it may be mounted.", [
        "ReadWriteOnce",
        "ReadWriteOncePod",
        "ReadOnlyMany",
        "ReadWriteMany",
      ]),
    },
    ["mountPoint", "sizeGB"],
  ),
  attachExistingPVCs: list(
    "Existing PersistentVolumeClaims to mount.",
    object("A claim.", { name: string("Claim name."), mountPoint: string("Where it is mounted.") }, [
      "name",
      "mountPoint",
    ]),
  ),
  mounts: list(
    "Folders of the machine to mount in every pod. A field of Windlass, which the platform does not know.",
    object(
      "A folder.",
      {
        hostPath: string("Absolute path on the machine."),
        mountPoint: string("Where it is mounted."),
        readOnly: { ...bool("Whether the pods may only read it."), default: true },
      },
      ["hostPath", "mountPoint"],
    ),
  ),
});

function specSchema<const Types extends FieldSchema>(types: Types) {
  return object(
    "What to run.",
    {
      operator: choice("What runs the experiment.", operators),
      engineName: string("Cluster to run on; chosen by the platform when absent."),
      image: string("Image that all pods run; the one that the builder makes."),
      command: string("Command line, run by a shell in place of the image's entrypoint."),
      rayVersion: { ...string("Ray version of the image (kuberay)."), default: defaultRayVersion },
      tensorboard,
      timeout: { ...string('Maximum run time: "1w 2d 5h 6m 20s".'), unit: "s" },
      activeDeadlineSeconds: integer("Maximum run time in seconds.", 1),
      debug,
      restartPolicy: object("What happens after a failure.", {
        backoffLimit: integer("How many times a failed experiment is retried."),
      }),
      gracefulTermination: object("How pods are stopped.", {
        terminationGracePeriodSeconds: integer("Seconds between SIGTERM and SIGKILL."),
        shutdownCommand: list("Command run before SIGTERM is sent (preStop).", string("Word.")),
      }),
      securityContext: object("Privileges of the containers.", {
        ptrace: bool("Allow debuggers and profilers (SYS_PTRACE)."),
      }),
      storage,
      types,
    },
    ["operator", "command", "types"],
  );
}

export const builder = object("How the image is built.", {
  image: string("Name of the image."),
  dockerfile: string("Dockerfile, relative to the context."),
  context: { ...string("Folder of the build."), default: "." },
  buildArgs: map("Build arguments.", { anyOf: [{ type: "string" }, { type: "boolean" }, { type: "number" }] }),
  registry: string("Registry prefix of the image name."),
  target: string("Stage of the Dockerfile."),
  skipBuild: object("Use the image of an earlier experiment, and wait for it while that one still builds it.", {
    enabled: { ...bool("Whether it is enabled."), default: false },
    experimentID: string("`AICHOR_EXPERIMENT_ID` of the experiment whose image to use."),
    failIfNotFound: { ...bool("Fail instead of building when that image is not found."), default: false },
  }),
});

/** A manifest with pod groups of this shape. */
export function manifestOf<const Types extends FieldSchema>(types: Types) {
  return object(
    "An experiment.",
    {
      kind: choice("Always AIchorManifest.", ["AIchorManifest"]),
      apiVersion: choice("Version of the manifest.", versions),
      name: string("Human-readable name."),
      engineName: string("Cluster to run on."),
      builder,
      clone: object("How the repository is cloned.", {
        depth: integer("Commits fetched.", 1),
        includeDotGit: bool("Keep .git."),
        submodules: choice("Which submodules.", ["false", "true", "recursive"]),
      }),
      spec: specSchema(types),
    },
    ["kind", "apiVersion", "spec"],
  );
}

/** The schema of a manifest for one operator. */
export const manifestSchema = (operator: Operator): FieldSchema => manifestOf(typesOf[operator]);
