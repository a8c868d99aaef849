/** Every pod of an experiment whose log can be read: those that are there, and on this machine those that were. */
import { containerNames } from "../../api/containers.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import { closest } from "../../machinery/did-you-mean.ts";
import { type Coordinates, coordinatesOf, coordinatesOfName } from "../pods/coordinates.ts";
import { findErrors } from "../errors/find.ts";
import { nameOf, podsOf, roleOf } from "../experiments/find.ts";
import type { Candidate } from "../pods/select-pods.ts";
import { keptLines, type KeptPod, keptPods } from "./kept-logs.ts";
import { type LogLine, logLines, type LogRequest } from "./log-stream.ts";
import type { Target } from "../connect/target.ts";

export type ReadFlags = Omit<LogRequest, "pod">;

export interface LogSource extends Candidate {
  readonly uid: string;
  /** Throws UserError for a container that the pod does not have. */
  lines(flags: ReadFlags): AsyncIterable<LogLine>;
}

/** Throws UserError for a container that the pod does not have. */
export function checkContainer(pod: string, wanted: string | undefined, names: readonly string[]): void {
  if (wanted === undefined || names.includes(wanted)) return;
  throw findErrors.CONTAINER_NOT_FOUND(pod, wanted, { near: closest(wanted, names), known: names });
}

function livingSource(target: Target, pod: Pod): LogSource {
  const name = nameOf(pod);
  const containers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map((container) => container.name);
  return {
    pod: name,
    uid: pod.metadata.uid ?? name,
    part: roleOf(pod),
    coordinates: coordinatesOf(pod),
    isGone: false,
    async *lines(flags) {
      checkContainer(name, flags.container, containers);
      yield* logLines(target, { ...flags, pod: name, container: flags.container ?? containers[0] });
    },
  };
}

/** Operators whose Jobs have one type and one pod each: the Job's number is the rank. */
const ranked = new Set(["pytorch", "jax", "xgboost"]);

/** Where a pod that may be gone stood: its name has all but the rank, which some operators' names have too. */
export function coordinatesInName({ status }: Experiment, pod: string): Coordinates | undefined {
  const { workload, operator = "" } = status ?? {};
  const found = workload?.kind === "JobSet" ? coordinatesOfName(workload.name, pod) : undefined;
  return found && ranked.has(operator) ? { ...found, rank: found.job } : found;
}

/** `CLUSTER-head-xxxxx` and `CLUSTER-GROUP-worker-xxxxx`, the cluster's name being the experiment's and five letters. */
export function rayPartOfName(experiment: string, pod: string): string | undefined {
  const [, head, group] = /^-[a-z0-9]{5}-(?:(head)|(.+)-worker)-[a-z0-9]+$/.exec(pod.slice(experiment.length)) ?? [];
  return head ?? group;
}

/** The part that a pod played, where its name is all that is left of it. */
export const partOfName = (experiment: Experiment, pod: string): string =>
  coordinatesInName(experiment, pod)?.type ?? rayPartOfName(nameOf(experiment), pod) ?? "pod";

function keptSource(experiment: Experiment, kept: KeptPod): LogSource {
  const { name: pod, uid, runs } = kept;
  const coordinates = coordinatesInName(experiment, pod);
  return {
    pod,
    uid,
    part: runs.has(containerNames.submitter) ? "submitter" : partOfName(experiment, pod),
    coordinates,
    isGone: true,
    async *lines({ container, previous, tailLines, sinceSeconds }) {
      checkContainer(pod, container, [...runs.keys()]);
      const since = sinceSeconds === undefined ? undefined : new Date(Date.now() - sinceSeconds * 1000).toISOString();
      yield* keptLines(kept, { container, previous, tailLines, since });
    },
  };
}

/** Those that are gone first, then those that are there, each the oldest first. */
export async function logSources(target: Target, experiment: Experiment): Promise<readonly LogSource[]> {
  const living = (await podsOf(target, experiment)).map((pod) => livingSource(target, pod));
  const uids = new Set(living.map(({ uid }) => uid));
  const kept = target.local ? keptPods(target.local, target.namespace, nameOf(experiment)) : [];
  const gone = kept.filter(({ uid }) => !uids.has(uid)).toSorted((a, b) => a.time - b.time);
  return [...gone.map((pod) => keptSource(experiment, pod)), ...living];
}
