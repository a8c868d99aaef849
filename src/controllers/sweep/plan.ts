/**
 * What a sweep does next: as many trials as may run at once, in the order of the list. All run one snapshot of the
 * source: the first trial builds it, and the others wait for its image. Pure.
 */
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { isSourceReason } from "../../api/experiment/reasons.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { formatTime } from "../../meta/condition.ts";
import { isSweepFinished, type Sweep, type SweepStatus } from "../../api/sweep/types.ts";
import { create, patch, type Step, type Steps, setStatus, tell } from "../../runtime/steps.ts";
import { desiredExperiment } from "./desired-experiment.ts";
import { ended } from "./events.ts";
import type { World } from "./observe.ts";
import { buildsFirst, conclusion, count, type End, indexOf, startedAfter } from "./status.ts";

interface PlanInput {
  readonly root: Sweep;
  /** As it is counted in this reconcile. */
  readonly status: SweepStatus;
  readonly now: Date;
}

const end = ({ status, now }: PlanInput, how: End): Steps<SweepStatus> => [
  setStatus({ ...status, ...how, endTime: formatTime(now) }),
  tell(ended(how)),
];

function cancellation({ apiVersion, kind, metadata }: Experiment): Step {
  const { name, namespace, uid } = metadata;
  const target = { apiVersion, kind, metadata: { name, namespace, uid }, spec: { cancelled: true } };
  return patch(ExperimentKind, target);
}

/** Trials to start now, by index. */
function nextTrials({ root, status }: PlanInput, made: ReadonlySet<number>, waitsForImage: boolean): readonly number[] {
  const { parallelism = 1, trials } = root.spec;
  const { started = 0, active = 0 } = status;
  const free = Math.max(0, (waitsForImage ? 1 : parallelism) - active);
  const left = Array.from({ length: trials.length - started }, (_, at) => started + at);
  return left.filter((index) => !made.has(index)).slice(0, free);
}

function cancel(input: PlanInput, active: readonly Experiment[]): Steps<SweepStatus> {
  const { root, status } = input;
  if (active.length > 0) return [setStatus(status), ...active.filter((one) => !one.spec.cancelled).map(cancellation)];
  const { length } = root.spec.trials;
  const message = `cancelled by the user; ${length - (status.started ?? 0)} of ${length} were not started`;
  return end(input, { state: "Cancelled", reason: "Cancelled", message });
}

function start(input: PlanInput, indexes: readonly number[]): Steps<SweepStatus> {
  const { root, status } = input;
  try {
    const trials = indexes.map((index) => create(ExperimentKind, desiredExperiment(root, index, status.image)));
    return [setStatus(status), ...trials];
  } catch (error) {
    const message = `cannot apply the parameters to the manifest: ${(error as Error).message}`;
    return end(input, { state: "Failed", reason: "ManifestInvalid", message });
  }
}

/** How a sweep ends whose source cannot be built: it is as wrong for every other trial. */
function broken(experiments: readonly Experiment[]): End | undefined {
  for (const { metadata, status } of experiments) {
    const { reason, message = "" } = status ?? {};
    if (isSourceReason(reason)) return { state: "Failed", reason, message: `${metadata.name}: ${message}` };
  }
  return undefined;
}

export function planSweep(root: Sweep, { experiments, failures }: World, now: Date): Steps<SweepStatus> {
  if (isSweepFinished(root)) return [setStatus(root.status as SweepStatus)];
  const status = count(root, experiments, now);
  const input: PlanInput = { root, status, now };
  const active = experiments.filter((one) => !isExperimentFinished(one));
  if (root.spec.cancelled) return cancel(input, active);
  const waitsForImage = buildsFirst(root) && !status.image;
  const failure = waitsForImage ? broken(experiments) : undefined;
  if (failure) return end(input, failure);
  const made = new Set(experiments.map(indexOf));
  const indexes = nextTrials(input, made, waitsForImage);
  if (indexes.length === 0 && active.length === 0) return end(input, conclusion(root.spec.trials.length, status));
  const [refused] = failures;
  const retried = refused && { reason: "FailedToStart" as const, message: `retrying: ${refused.message}` };
  const told = retried ?? { started: startedAfter(status.started ?? 0, new Set([...made, ...indexes])) };
  return start({ ...input, status: { ...status, ...told } }, indexes);
}
