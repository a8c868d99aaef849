/** The status of a sweep, counted from its experiments in every reconcile. Pure. */
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { formatTime } from "../../meta/condition.ts";
import { trialLabel } from "../../api/sweep/labels.ts";
import type { Sweep, SweepReason, SweepState, SweepStatus } from "../../api/sweep/types.ts";

export const indexOf = ({ metadata }: Experiment): number => Number(metadata.labels?.[trialLabel] ?? -1);

/** Whether trials share an image that one of them has to build first. */
export const buildsFirst = ({ spec }: Sweep): boolean => Boolean(spec.template.sourceDirectory) && !spec.template.image;

/** How many trials have been started: what was deleted since has been started all the same. `made`: by index. */
export function startedAfter(before: number, made: ReadonlySet<number>): number {
  let started = before;
  while (made.has(started)) started++;
  return started;
}

export function count(root: Sweep, experiments: readonly Experiment[], now: Date): SweepStatus {
  const { status = {}, metadata } = root;
  const state = (wanted: string) => experiments.filter((one) => one.status?.state === wanted).length;
  const image =
    status.image ?? (buildsFirst(root) ? experiments.find((one) => one.status?.image)?.status?.image : undefined);
  return {
    state: "Running",
    startTime: status.startTime ?? formatTime(now),
    ...(image && { image }),
    started: startedAfter(status.started ?? 0, new Set(experiments.map(indexOf))),
    active: experiments.filter((one) => !isExperimentFinished(one)).length,
    succeeded: state("Succeeded"),
    failed: state("Failed"),
    cancelled: state("Cancelled"),
    observedGeneration: metadata.generation,
  };
}

export interface End {
  readonly state: Exclude<SweepState, "Running">;
  readonly reason: SweepReason;
  readonly message: string;
}

/** How a sweep ends whose trials are all over. */
export function conclusion(total: number, { succeeded = 0, failed = 0, cancelled = 0 }: SweepStatus): End {
  const gone = total - succeeded - failed - cancelled;
  const parts = [
    `${succeeded} of ${total} succeeded`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
    ...(gone > 0 ? [`${gone} deleted`] : []),
  ];
  const ok = succeeded === total;
  return { state: ok ? "Succeeded" : "Failed", reason: ok ? "Completed" : "TrialsFailed", message: parts.join(", ") };
}
