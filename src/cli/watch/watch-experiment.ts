/**
 * Follows one experiment to its end: shows steps and pods, streams the main pod's log once there is one, and resolves
 * with the finished experiment. `windlass run` and `windlass logs -f` stand on it.
 */
import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pod } from "../../api/core/pod.ts";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { type Experiment, isExperimentFinished } from "../../api/experiment/types.ts";
import { buildLog } from "../logs/build-log.ts";
import { nameOf, nextMainPod, podsOf } from "../experiments/find.ts";
import { findErrors } from "../errors/find.ts";
import { follow } from "../connect/follow.ts";
import { logLines } from "../logs/log-stream.ts";
import { Outage } from "../connect/outage.ts";
import type { RunView } from "./run-view.ts";
import type { Target } from "../connect/target.ts";

export interface Watching {
  readonly target: Target;
  readonly name: string;
  readonly view: RunView;
  readonly signal: AbortSignal;
}

/** The local cluster answers in a millisecond; another one has more to do. */
const podsEveryMs = (target: Target) => (target.local ? 300 : 2000);
/** How long after the end the log may still bring lines. */
const drainMs = 1500;
/** Waits, but not beyond `signal`. */
const wait = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => {});

const hasStarted = (pod: Pod) =>
  pod.status?.containerStatuses?.some((s) => s.state?.running !== undefined || s.state?.terminated !== undefined) ===
  true;

interface Main {
  pod(): Pod | undefined;
  /** No other pod will come. */
  isLast(): boolean;
  /** Emits `change` after either has changed. */
  readonly news: EventEmitter;
}

/**
 * Prints the main pods' logs as they appear, one after the other (a retry brings a new one), until the last one is at its
 * end or `signal` aborts.
 */
async function streamLogs({ target, view, signal }: Watching, main: Main): Promise<void> {
  const done = new Set<string>();
  while (!signal.aborted) {
    const isLast = main.isLast();
    const pod = main.pod();
    const uid = pod?.metadata.uid ?? "";
    if (!pod || done.has(uid) || !hasStarted(pod)) {
      if (isLast) return;
      await once(main.news, "change", { signal }).catch(() => {});
      continue;
    }
    done.add(uid);
    const container = pod.spec.containers[0]?.name;
    try {
      const request = { pod: nameOf(pod), container, follow: true, parts: true, signal };
      for await (const line of logLines(target, request)) view.log(nameOf(pod), line);
    } catch (error) {
      view.line(`(cannot read the log of ${nameOf(pod)}: ${(error as Error).message})`);
    }
  }
}

/** What is known of the experiment so far. */
interface Seen {
  experiment: Experiment | undefined;
  pods: readonly Pod[];
  main: Pod | undefined;
  isLast: boolean;
  /** Emits `change` after `main` or `isLast` has changed. */
  readonly news: EventEmitter;
}

function show({ target, view }: Watching, { experiment, pods }: Seen): void {
  if (!experiment) return;
  view.steps(experiment);
  const isBuilding = experiment.status?.step === "Building" && !isExperimentFinished(experiment);
  const build = isBuilding ? buildLog(target, experiment) : undefined;
  view.progress(
    experiment,
    pods,
    build?.map(({ text }) => text),
  );
}

async function refreshPods(watching: Watching, seen: Seen): Promise<void> {
  const { experiment } = seen;
  if (experiment?.status?.workload) {
    seen.pods = await podsOf(watching.target, experiment).catch(() => seen.pods);
    seen.main = nextMainPod(seen.main, seen.pods);
    seen.news.emit("change");
  }
  show(watching, seen);
}

async function keepRefreshing(watching: Watching, seen: Seen): Promise<void> {
  const { target, signal } = watching;
  for (; !signal.aborted; await wait(podsEveryMs(target), signal)) await refreshPods(watching, seen);
}

/** Resolves with the experiment at its end; undefined when `signal` aborts first. */
function untilFinished(watching: Watching, seen: Seen): Promise<Experiment | undefined> {
  const { target, name, view, signal } = watching;
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    const changed = (objects: ReadonlyMap<string, Experiment>) => {
      const now = objects.get(name);
      if (seen.experiment && !now) reject(findErrors.EXPERIMENT_DELETED(name));
      seen.experiment = now;
      show(watching, seen);
      if (now && isExperimentFinished(now)) resolve(now);
    };
    const options = { namespace: target.namespace, fieldSelector: `metadata.name=${name}` };
    const outage = new Outage(target, { name, say: (text) => view.say(text), now: () => performance.now() });
    const what = { kind: ExperimentKind, options, changed, outage, signal };
    void follow<Experiment>(target, what).catch(reject);
  });
}

/** Rejects with UserError when the experiment is deleted meanwhile; resolves undefined when `signal` aborts first. */
export async function watchExperiment(given: Watching): Promise<Experiment | undefined> {
  const stop = new AbortController();
  given.signal.addEventListener("abort", () => stop.abort(), { once: true });
  const watching = { ...given, signal: stop.signal };
  const seen: Seen = { experiment: undefined, pods: [], main: undefined, isLast: false, news: new EventEmitter() };
  const finished = untilFinished(watching, seen);
  const logs = streamLogs(watching, { pod: () => seen.main, isLast: () => seen.isLast, news: seen.news });
  const refreshing = keepRefreshing(watching, seen);
  try {
    const result = await finished;
    if (!result) return result;
    // A program that was quick may have come and gone between two looks.
    await refreshPods(watching, seen);
    seen.isLast = true;
    seen.news.emit("change");
    await Promise.race([logs, wait(drainMs, stop.signal)]);
    return result;
  } finally {
    stop.abort();
    await Promise.allSettled([refreshing, logs]);
  }
}
