/**
 * What a sweep does next: as many trials as may run at once, in the order of the list. All run one snapshot of the source:
 * the first trial builds it, and the others wait for its image. Pure.
 */
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { formatTime } from "../../api/meta/condition.ts";
import { trialLabel } from "../../api/sweep/labels.ts";
import { isSweepFinished, type Sweep, type SweepState, type SweepStatus } from "../../api/sweep/types.ts";
import type { Apply, EventRecord, Plan } from "../../runtime/plan.ts";
import { desiredExperiment } from "./desired-experiment.ts";
import type { World } from "./observe.ts";

type SweepPlan = Plan<SweepStatus>;

const indexOf = ({ metadata }: Experiment): number => Number(metadata.labels?.[trialLabel] ?? -1);

/** Reasons of an experiment that is as wrong for every other trial. */
const sharedFailures = new Set(["BuildFailed", "CloneFailed"]);

/** Whether trials share an image that one of them has to build first. */
const buildsFirst = ({ spec }: Sweep): boolean => Boolean(spec.template.sourceDirectory) && !spec.template.image;

/** How many trials have been started: what was deleted since has been started all the same. `made`: by index. */
function startedAfter(before: number, made: ReadonlySet<number>): number {
  let started = before;
  while (made.has(started)) started++;
  return started;
}

function count(root: Sweep, { experiments }: World, now: Date): SweepStatus {
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

interface End {
  readonly state: Exclude<SweepState, "Running">;
  readonly reason: string;
  readonly message: string;
}

function end(status: SweepStatus, how: End, now: Date): SweepPlan {
  const event: EventRecord = {
    type: how.state === "Failed" ? "Warning" : "Normal",
    reason: `Sweep${how.state}`,
    action: "Finish",
    message: how.message,
  };
  return { apply: [], remove: [], events: [event], status: { ...status, ...how, endTime: formatTime(now) } };
}

const idle = (status: SweepStatus, apply: readonly Apply[] = []): SweepPlan => ({
  apply,
  remove: [],
  events: [],
  status,
});

const cancellation = ({ metadata, apiVersion, kind }: Experiment): Apply => ({
  kind: ExperimentKind,
  mode: "patch",
  target: {
    apiVersion,
    kind,
    metadata: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
    spec: { cancelled: true },
  } as Experiment,
});

/** How a sweep ends whose trials are all over. */
function conclusion(total: number, { succeeded = 0, failed = 0, cancelled = 0 }: SweepStatus): End {
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

/** Trials to start now, by index. */
function nextTrials(
  { spec }: Sweep,
  status: SweepStatus,
  made: ReadonlySet<number>,
  waitsForImage: boolean,
): readonly number[] {
  const { parallelism = 1, trials } = spec;
  const { started = 0, active = 0 } = status;
  const free = Math.max(0, (waitsForImage ? 1 : parallelism) - active);
  const left = Array.from({ length: trials.length - started }, (_, at) => started + at);
  return left.filter((index) => !made.has(index)).slice(0, free);
}

function start(root: Sweep, status: SweepStatus, indexes: readonly number[], now: Date): SweepPlan {
  try {
    const apply = indexes.map((index): Apply => {
      const target = desiredExperiment(root, index, status.image);
      return { kind: ExperimentKind, mode: "create", target, failureReason: "FailedToStart" };
    });
    return idle(status, apply);
  } catch (error) {
    const message = `cannot apply the parameters to the manifest: ${(error as Error).message}`;
    return end(status, { state: "Failed", reason: "ManifestInvalid", message }, now);
  }
}

export function planSweep(root: Sweep, world: World, now: Date): SweepPlan {
  if (isSweepFinished(root)) return idle(root.status as SweepStatus);
  const status = count(root, world, now);
  const active = world.experiments.filter((one) => !isExperimentFinished(one));
  if (root.spec.cancelled) {
    if (active.length > 0) return idle(status, active.filter(({ spec }) => !spec.cancelled).map(cancellation));
    const left = root.spec.trials.length - (status.started ?? 0);
    const message = `cancelled by the user; ${left} of ${root.spec.trials.length} were not started`;
    return end(status, { state: "Cancelled", reason: "Cancelled", message }, now);
  }
  const waitsForImage = buildsFirst(root) && !status.image;
  const broken = waitsForImage
    ? world.experiments.find((one) => sharedFailures.has(one.status?.reason ?? ""))
    : undefined;
  if (broken) {
    const message = `${broken.metadata.name}: ${broken.status?.message ?? ""}`;
    return end(status, { state: "Failed", reason: broken.status?.reason ?? "BuildFailed", message }, now);
  }
  const made = new Set(world.experiments.map(indexOf));
  const indexes = nextTrials(root, status, made, waitsForImage);
  if (indexes.length === 0 && active.length === 0) return end(status, conclusion(root.spec.trials.length, status), now);
  const [failure] = world.failures;
  if (failure) {
    const told = { ...status, reason: failure.reason, message: `retrying: ${failure.message}` };
    return start(root, told, indexes, now);
  }
  const started = startedAfter(status.started ?? 0, new Set([...made, ...indexes]));
  return start(root, { ...status, started }, indexes, now);
}
