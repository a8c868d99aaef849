/** An AIchorManifest as it is used once it has been validated. Field names are the manifest's own. */

export const operators = ["kuberay", "pytorch", "jax", "xgboost", "jobset"] as const;
export type Operator = (typeof operators)[number];
/** The current one first: it is what a mistyped version is taken for. */
export const versions = ["0.2.3", "0.2.2", "0.2.1", "0.2.0"] as const;

export interface Accelerators {
  readonly gpu?: { readonly count?: number; readonly type?: string; readonly product?: string };
  readonly tpu?: { readonly type: string; readonly topology: string; readonly tpuChipsCount: number };
}

export interface Resources {
  /** CPUs requested per pod. */
  readonly cpus: number;
  /** Memory in GB = cpus × ramRatio. */
  readonly ramRatio?: number;
  /** Memory in GB. */
  readonly memory?: number;
  /** CPU limit = cpus × cpuLimitRatio; 2 when absent. */
  readonly cpuLimitRatio?: number;
  readonly shmSizeGB?: number | null;
  readonly ephemeralStorageRequest?: string;
  readonly ephemeralStorageLimit?: string;
  readonly machineName?: string;
  readonly extraSelectors?: Readonly<Record<string, string>>;
  readonly extraTolerations?: readonly {
    readonly key?: string;
    readonly operator?: string;
    readonly value?: string;
    readonly effect?: string;
  }[];
  readonly rdma?: { readonly devices: readonly string[] };
  readonly accelerators?: Accelerators;
}

export interface PodGroup {
  readonly count?: number;
  readonly completions?: number;
  readonly parallelisms?: number;
  readonly resources: Resources;
  readonly rayStartParams?: Readonly<Record<string, string | number | boolean>> | null;
}

export interface WorkerGroup extends PodGroup {
  readonly name: string;
}

export interface RayTypes {
  readonly Head: PodGroup;
  readonly Workers: readonly WorkerGroup[];
}

export interface Builder {
  readonly image?: string;
  readonly dockerfile?: string;
  readonly context?: string;
  readonly buildArgs?: Readonly<Record<string, string | boolean>>;
  readonly registry?: string;
  readonly target?: string;
  readonly skipBuild?: {
    readonly enabled?: boolean;
    readonly experimentID?: string;
    readonly failIfNotFound?: boolean;
  };
}

export interface ManifestSpec {
  readonly operator: Operator;
  readonly image?: string;
  readonly command: string;
  readonly rayVersion?: string;
  readonly timeout?: string;
  readonly activeDeadlineSeconds?: number;
  readonly tensorboard?: {
    readonly enabled?: boolean;
    readonly usePVC?: { readonly enabled?: boolean; readonly name?: string };
  };
  readonly debug?: {
    readonly jupyter?: boolean | { readonly enabled?: boolean; readonly path?: string };
    readonly vscode?: { readonly enabled: boolean; readonly path?: string; readonly provider?: string };
  };
  readonly restartPolicy?: { readonly backoffLimit?: number };
  readonly gracefulTermination?: {
    readonly terminationGracePeriodSeconds?: number;
    readonly shutdownCommand?: readonly string[];
  };
  readonly securityContext?: { readonly ptrace?: boolean };
  readonly storage?: {
    readonly sharedVolume?: {
      readonly mountPoint: string;
      readonly sizeGB: number;
      readonly storageClass?: string;
      readonly accessMode?: string;
    };
    readonly attachExistingPVCs?: readonly { readonly name: string; readonly mountPoint: string }[];
    /** Windlass' own field. Read-only when `readOnly` is absent. */
    readonly mounts?: readonly {
      readonly hostPath: string;
      readonly mountPoint: string;
      readonly readOnly?: boolean;
    }[];
  };
  /** Head and Workers for kuberay; a map of pod groups for the others. */
  readonly types: RayTypes | Readonly<Record<string, PodGroup>>;
}

export interface Manifest {
  readonly kind: "AIchorManifest";
  readonly apiVersion: string;
  readonly name?: string;
  readonly builder?: Builder;
  readonly spec: ManifestSpec;
}

export function rayTypesOf(manifest: Manifest): RayTypes {
  return manifest.spec.types as RayTypes;
}

/** Pod groups by name; a kuberay manifest's head comes first. */
export function groupsOf(manifest: Manifest): readonly (readonly [name: string, group: PodGroup])[] {
  if (manifest.spec.operator !== "kuberay")
    return Object.entries(manifest.spec.types as Readonly<Record<string, PodGroup>>);
  const { Head, Workers } = rayTypesOf(manifest);
  return [["Head", Head], ...Workers.map((group) => [group.name, group] as const)];
}
