/** PersistentVolumes and the claims on them: the fields Windlass reads or writes. */
import type { LabelSelector } from "../batch/job.ts";
import type { KubeObject } from "../../meta/object.ts";
import type { Quantity, Volume } from "./pod.ts";

export interface ClaimRef {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
}

export interface PersistentVolume extends KubeObject {
  readonly spec?: Pick<Volume, "hostPath"> & {
    readonly local?: { readonly path: string };
    readonly capacity?: Readonly<Record<string, Quantity>>;
    readonly accessModes?: readonly string[];
    readonly storageClassName?: string;
    readonly claimRef?: ClaimRef;
  };
  readonly status?: VolumeStatus;
}

export interface VolumeStatus {
  readonly phase?: "Available" | "Bound" | "Released";
}

export interface Claim extends KubeObject {
  readonly spec?: {
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: Readonly<Record<string, Quantity>> };
    /** Absent: the cluster's default; empty: no class, only volumes that are there already. */
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly selector?: LabelSelector;
  };
  readonly status?: ClaimStatus;
}

export interface ClaimStatus {
  readonly phase?: "Pending" | "Bound" | "Lost";
  readonly accessModes?: readonly string[];
  readonly capacity?: Readonly<Record<string, Quantity>>;
}
