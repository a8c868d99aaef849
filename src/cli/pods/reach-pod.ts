/** The running pod of an experiment that a person wants to reach into: the one named, else the Ray head or rank 0. */
import type { Pod } from "../../api/core/pod.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { coordinatesOf } from "./coordinates.ts";
import { reachErrors } from "../errors/reach.ts";
import { nameOf, podsOf, roleOf } from "../experiments/find.ts";
import { checkContainer } from "../logs/log-sources.ts";
import { type Candidate, selectMain, selectPod, selectRank } from "./select-pods.ts";
import type { Target } from "../connect/target.ts";

export interface PodFlags {
  readonly pod?: string;
  readonly rank?: string;
}

interface PodCandidate extends Candidate {
  readonly object: Pod;
}

const candidate = (object: Pod): PodCandidate => ({
  object,
  pod: nameOf(object),
  part: roleOf(object),
  coordinates: coordinatesOf(object),
  isGone: false,
});

const isRunning = ({ status, metadata }: Pod): boolean => status?.phase === "Running" && !metadata.deletionTimestamp;

/** What a pod does instead of running, in words. */
function stateOf({ status, metadata }: Pod): string {
  if (metadata.deletionTimestamp) return "it is being deleted";
  return status?.reason ? `${status.phase ?? "Pending"}, ${status.reason}` : (status?.phase ?? "Pending");
}

/** Why an experiment has no pod to reach. */
export function noPod(experiment: Experiment): Error {
  const { state = "Processing", step = "Waiting", reason } = experiment.status ?? {};
  if (!isExperimentFinished(experiment)) return reachErrors.NO_RUNNING_POD(nameOf(experiment), step);
  const ended = reason && reason !== "Completed" ? `${state}: ${reason}` : state;
  return reachErrors.EXPERIMENT_OVER(nameOf(experiment), ended);
}

/** Of all pods of the experiment. Pure. Throws UserError when the one that is meant does not run. */
export function choosePod(experiment: Experiment, pods: readonly Pod[], { pod, rank }: PodFlags): Pod {
  const candidates = pods.map(candidate);
  const running = candidates.filter(({ object }) => isRunning(object));
  if (running.length === 0 && (candidates.length === 0 || isExperimentFinished(experiment))) throw noPod(experiment);
  if (pod !== undefined || rank !== undefined) {
    const chosen = pod === undefined ? selectRank(candidates, rank ?? "") : selectPod(candidates, pod);
    if (isRunning(chosen.object)) return chosen.object;
    throw reachErrors.POD_NOT_RUNNING(chosen.pod, stateOf(chosen.object));
  }
  const head = running.find(({ part }) => part === "head");
  const first = head ?? selectMain(running) ?? running[0];
  if (!first) throw noPod(experiment);
  return first.object;
}

/** Throws UserError when the experiment has no such running pod. */
export const findRunningPod = async (target: Target, experiment: Experiment, flags: PodFlags): Promise<Pod> =>
  choosePod(experiment, await podsOf(target, experiment), flags);

/** The name of a pod's container: the one asked for, or the first. */
export function chooseContainer(pod: Pod, wanted: string | undefined): string {
  const names = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(({ name }) => name);
  checkContainer(nameOf(pod), wanted, names);
  return wanted ?? names[0] ?? "";
}
