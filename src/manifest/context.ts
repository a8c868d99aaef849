/** What a workload is made from besides the manifest. */
import type { Kind, KubeObject } from "../api/meta/object.ts";

export interface WorkloadContext {
  /** Of the workload, and the beginning of every pod's name. */
  readonly name: string;
  readonly namespace?: string;
  readonly image: string;
  /** On the workload and on every pod. */
  readonly labels: Readonly<Record<string, string>>;
  /** For every container, as literal values. */
  readonly env: Readonly<Record<string, string>>;
  /** How long the ranks of a distributed program wait for each other; `defaultStartDeadlineSeconds` when absent. */
  readonly startDeadlineSeconds?: number;
}

/** An object that the workload needs beside it. */
export interface SupportObject {
  readonly kind: Kind;
  readonly object: KubeObject;
}
