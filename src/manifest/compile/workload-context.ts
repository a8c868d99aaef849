/** What a workload is made from besides the manifest. */
import type { EnvFromSource } from "../../api/core/pod.ts";
import type { Kind, KubeObject } from "../../meta/object.ts";

/** A folder of the node, mounted in every pod. */
export interface HostMount {
  readonly name: string;
  readonly hostPath: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
  readonly type: "Directory" | "DirectoryOrCreate";
}

export interface WorkloadContext {
  /** Of the workload, and the beginning of every pod's name. */
  readonly name: string;
  readonly namespace?: string;
  readonly image: string;
  /** On the workload and on every pod. */
  readonly labels: Readonly<Record<string, string>>;
  /** For every container, as literal values. */
  readonly env: Readonly<Record<string, string>>;
  /** In every pod that runs the image. */
  readonly mounts?: readonly HostMount[];
  /** Secrets and ConfigMaps whose keys are variables of every container, below those of `env`. */
  readonly envFrom?: readonly EnvFromSource[];
  /** How long the ranks of a distributed program wait for each other; `defaultStartDeadlineSeconds` when absent. */
  readonly startDeadlineSeconds?: number;
}

/** An object that the workload needs beside it. */
export interface SupportObject {
  readonly kind: Kind;
  readonly object: KubeObject;
}
