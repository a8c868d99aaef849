/** What an experiment asks outside the Kubernetes API: its builder for snapshots and images, its pods why. Pure. */
import type { ImageSource } from "../../api/experiment/source.ts";
import { defineAction } from "../../runtime/action.ts";
import type { Cause } from "./diagnosis/container-end.ts";

export interface Built {
  readonly reference: string;
  /** What will surprise and is no reason to fail. */
  readonly warning?: string;
}

/** What the pods of an experiment are at. */
export interface Inspection {
  readonly wait?: Cause;
  readonly log?: { readonly pod: string; readonly container: string; readonly lines: readonly string[] };
}

/** Building an environment downloads and unpacks whole frameworks. */
const buildTimeoutMs = 60 * 60_000;
/** An array has thousands of pods to list. */
const readTimeoutMs = 60_000;

/** Answers the id of the snapshot. */
export const clone = defineAction<ImageSource, string>({
  name: "Clone",
  does: "Takes a snapshot of the source.",
  timeoutMs: buildTimeoutMs,
});

export const build = defineAction<ImageSource & { readonly snapshot: string }, Built>({
  name: "Build",
  does: "Makes an image of a snapshot.",
  timeoutMs: buildTimeoutMs,
});

const listPods = { apiGroups: [""], resources: ["pods"], verbs: ["list"] } as const;
const readLogs = { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] } as const;

/** Of the workload in this version. */
export const examine = defineAction<{ readonly uid: string; readonly resourceVersion: string }, Cause | undefined>({
  name: "Examine",
  does: "Asks the pods of a failed JobSet which of them failed first, and why.",
  rights: [listPods],
  timeoutMs: readTimeoutMs,
});

/** Of the workload, for the deadline that it is taken before. */
export const inspect = defineAction<{ readonly uid: string; readonly at: string }, Inspection>({
  name: "Inspect",
  does: "Reads, shortly before a deadline, what pods wait for and what the command printed last.",
  rights: [listPods, readLogs],
  timeoutMs: readTimeoutMs,
});
