/**
 * Follows one experiment to its end: shows steps and pods, streams the main pod's log once there is one, and resolves
 * with the finished experiment. `windlass run` and `windlass logs -f` stand on it.
 */
import type { Pod } from "../api/core/pod.ts";
import { Experiment as ExperimentKind } from "../api/experiment/kinds.ts";
import { type Experiment, isExperimentFinished } from "../api/experiment/types.ts";
import { mainPod, nameOf, podsOf } from "./experiments.ts";
import { follow } from "./follow.ts";
import { logLines } from "./log-stream.ts";
import type { RunView } from "./run-view.ts";
import type { Target } from "./target.ts";
import { UserError } from "./user-error.ts";

export interface Watching {
  readonly target: Target;
  readonly name: string;
  readonly view: RunView;
  readonly signal: AbortSignal;
}

const podsEveryMs = 300;
/** How long after the end the log may still bring lines. */
const drainMs = 1500;
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const hasStarted = (pod: Pod) =>
  pod.status?.containerStatuses?.some((s) => s.state?.running !== undefined || s.state?.terminated !== undefined) ===
  true;

/** Prints the main pods' logs as they appear, one after the other (a retry brings a new one), until `signal` aborts. */
async function streamLogs({ target, view }: Watching, pods: () => Pod | undefined, signal: AbortSignal): Promise<void> {
  const done = new Set<string>();
  while (!signal.aborted) {
    const pod = pods();
    const uid = pod?.metadata.uid ?? "";
    if (!pod || done.has(uid) || !hasStarted(pod)) {
      await wait(50);
      continue;
    }
    done.add(uid);
    const container = pod.spec.containers[0]?.name;
    try {
      for await (const line of logLines(target, { pod: nameOf(pod), container, follow: true, signal }))
        view.line(line.text);
    } catch (error) {
      view.line(`(the log of ${nameOf(pod)} cannot be read: ${(error as Error).message})`);
    }
  }
}

/** Rejects with UserError when the experiment is deleted meanwhile; resolves undefined when `signal` aborts first. */
export async function watchExperiment(watching: Watching): Promise<Experiment | undefined> {
  const { target, name, view, signal } = watching;
  const stop = new AbortController();
  signal.addEventListener("abort", () => stop.abort(), { once: true });
  let experiment: Experiment | undefined;
  let pods: readonly Pod[] = [];
  let main: Pod | undefined;
  const show = () => {
    if (!experiment) return;
    view.steps(experiment);
    view.progress(experiment, pods);
  };
  const refreshPods = async () => {
    while (!stop.signal.aborted) {
      if (experiment?.status?.workload) {
        pods = await podsOf(target, experiment).catch(() => pods);
        main = mainPod(experiment, pods);
        show();
      }
      await wait(podsEveryMs);
    }
  };
  const finished = new Promise<Experiment | undefined>((resolve, reject) => {
    stop.signal.addEventListener("abort", () => resolve(undefined), { once: true });
    const changed = (objects: ReadonlyMap<string, Experiment>) => {
      const now = objects.get(name);
      if (experiment && !now)
        reject(new UserError("EXPERIMENT_DELETED", `the experiment ${name} was deleted meanwhile`));
      experiment = now;
      show();
      if (now && isExperimentFinished(now)) resolve(now);
    };
    const options = { namespace: target.namespace, fieldSelector: `metadata.name=${name}` };
    void follow<Experiment>(target, { kind: ExperimentKind, options, changed, signal: stop.signal }, (error) =>
      view.line(`(connection to ${target.name} lost: ${error.message}; trying again)`),
    );
  });
  const logs = streamLogs(watching, () => main, stop.signal);
  const refreshing = refreshPods();
  try {
    const result = await finished;
    if (result) await drain(logs, () => main);
    return result;
  } finally {
    stop.abort();
    await Promise.allSettled([refreshing, logs]);
  }
}

/** Lets the log reach its end: the pod has ended, so the stream ends by itself; a bound keeps a lost one from hanging us. */
async function drain(logs: Promise<void>, pod: () => Pod | undefined): Promise<void> {
  const deadline = Date.now() + drainMs;
  const ended = async () => {
    while (pod()?.status?.phase === "Running" && Date.now() < deadline) await wait(50);
    await wait(200);
  };
  await Promise.race([ended(), logs]);
}
