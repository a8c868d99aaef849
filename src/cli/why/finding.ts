/**
 * What `why` finds: one cause, where it is, what shows it, and what to do about it. The order of `causes` is the order of
 * telling: what needs a person and is most specific first, what passes by itself last. Data only.
 */

export const causes = [
  "Succeeded",
  "Cancelled",
  "Invalid",
  "BuildFailed",
  "NetworkBroken",
  "Timeout",
  "Forbidden",
  "RanksMissing",
  "ConfigMissing",
  "VolumeMissing",
  "ImageFailed",
  "NeverFits",
  "OutOfMemory",
  "CommandNotFound",
  "Segfault",
  "CommandFailed",
  "CrashLoop",
  "Killed",
  "Evicted",
  "BackoffLimit",
  "Failed",
  "Suspended",
  "Unschedulable",
  "WaitingForResources",
  "WaitingForRanks",
  "WaitingForHead",
  "Preparing",
  "Init",
  "Retrying",
  "NotReady",
  "Starting",
  "Terminating",
  "Running",
  "Slept",
] as const;
export type Cause = (typeof causes)[number];

/** A container's log whose last lines belong to the evidence. */
export interface LogRef {
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}

export interface Finding {
  readonly cause: Cause;
  /** `pod NAME`, `experiment NAME`, `jobset NAME` … */
  readonly where: string;
  /** What shows it, in the words of the objects and events; the first is the one to tell when there is room for one. */
  readonly evidence: readonly string[];
  /** What to do about it; absent where there is nothing to do. */
  readonly remedy?: string;
  readonly log?: LogRef;
  /** What it printed last as its status has it, for when the log is gone. */
  readonly printed?: readonly string[];
  /** When it happened, RFC 3339: of two of one cause the earlier comes first. */
  readonly time?: string;
}

const before = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** By cause, then by time. */
export const inOrder = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => causes.indexOf(a.cause) - causes.indexOf(b.cause) || before(a.time ?? "", b.time ?? ""));

const passing = new Set<Cause>(["NotReady", "Starting", "Terminating", "Running", "Slept", "Succeeded"]);

/** Whether it passes by itself within moments and need not be told in passing. */
export const isPassing = ({ cause }: Finding): boolean => passing.has(cause);
