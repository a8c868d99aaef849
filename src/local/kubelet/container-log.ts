/** Finds the log of a container's latest or previous run, alive or not, and reads it. */
import { existsSync } from "node:fs";
import type { Pod } from "../../api/core/pod.ts";
import { failure, KubeError } from "../../kube/errors.ts";
import type { LogOptions } from "../contracts.ts";
import { logFileOf, type RunningContainer } from "./container.ts";
import { readLog } from "./logs/read-log.ts";

export interface LogRequest {
  readonly pod: Pod;
  readonly container: string;
  readonly running?: RunningContainer;
  /** Folder of all logs. */
  readonly root: string;
}

const badRequest = (message: string) => new KubeError(failure(400, "BadRequest", message));

/** Throws KubeError for a run that never was; yields nothing for one whose log was dropped with age. */
export async function* containerLog(request: LogRequest, options: LogOptions, now: Date): AsyncIterable<Uint8Array> {
  const { pod, container, root } = request;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const status = statuses.find(({ name }) => name === container);
  const fileOf = (run: number) => logFileOf(root, pod, container, run);
  const running = options.previous ? undefined : request.running;
  // A restart under way has no log yet: what there is to see is the run before.
  const latest = status?.restartCount ?? 0;
  const shown = latest > 0 && !existsSync(fileOf(latest)) ? latest - 1 : latest;
  const run = options.previous ? latest - 1 : shown;
  if (run < 0) throw badRequest(`previous terminated container "${container}" in pod "${pod.metadata.name}" not found`);
  const file = running?.logFile ?? fileOf(run);
  if (!existsSync(file)) {
    if (status?.state?.terminated || options.previous) return;
    const why = status?.state?.waiting?.reason ?? "ContainerCreating";
    throw badRequest(`container "${container}" in pod "${pod.metadata.name}" is waiting to start: ${why}`);
  }
  const source = { file, isRunning: () => running?.isRunning === true, ended: running?.ended ?? Promise.resolve() };
  yield* readLog(source, options, now);
}
