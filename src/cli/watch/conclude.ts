/** The end of an experiment: what the person who watched it is told, and the exit status. */
import type { Experiment } from "../../api/experiment/types.ts";
import { formatCoordinates } from "../pods/coordinates.ts";
import { nameOf } from "../experiments/find.ts";
import { type Io, paint } from "../program/io.ts";
import { coordinatesInName } from "../logs/log-sources.ts";
import { logIn, withoutLog } from "./ray-message.ts";
import type { RunView } from "./run-view.ts";

const shownLines = 10;
export const exitStatuses = { Succeeded: 0, Failed: 1, Timeout: 124, Cancelled: 130 } as const;

/** Of an experiment that has ended. */
export function exitStatusOf({ status }: Experiment): number {
  if (status?.state === "Succeeded") return exitStatuses.Succeeded;
  if (status?.state === "Cancelled") return exitStatuses.Cancelled;
  return status?.reason === "Timeout" ? exitStatuses.Timeout : exitStatuses.Failed;
}

interface LastWords {
  /** The pod that left them, where the message names it. */
  readonly pod?: string;
  readonly lines: readonly string[];
}

/** The log in the message of a failure, unless the run has shown that pod's log already. */
function lastWordsOf({ status }: Experiment, hasShown: (pod: string) => boolean): LastWords | undefined {
  const lines = logIn(status?.message ?? "").slice(-shownLines);
  const pod = /\bof pod ([\w.-]+)/.exec(withoutLog(status?.message ?? ""))?.[1];
  const hasRun = status?.steps?.some(({ name, startTime }) => name === "Running" && startTime !== undefined) === true;
  const isShown = pod === undefined ? hasRun : hasShown(pod);
  return isShown || lines.length === 0 ? undefined : { lines, ...(pod && { pod }) };
}

/** `rank 1, pod NAME`: by its rank a person knows it, by its name the other commands. */
function placeOf(experiment: Experiment, pod: string): string {
  const coordinates = coordinatesInName(experiment, pod);
  if (!coordinates) return `pod ${pod}`;
  const { rank } = coordinates;
  return `rank ${rank ?? formatCoordinates(coordinates)}, pod ${pod}`;
}

/** What the user sees at the end, and the exit status. */
export function conclude(io: Io, view: RunView, experiment: Experiment): number {
  const { state = "Failed", reason = "", message = "", startTime, endTime } = experiment.status ?? {};
  const seconds =
    startTime && endTime ? ` after ${Math.round((Date.parse(endTime) - Date.parse(startTime)) / 1000)} s` : "";
  if (state === "Succeeded") {
    view.line(`${paint(io, "green", "✓ Succeeded")}${seconds}`);
    return exitStatusOf(experiment);
  }
  const style = state === "Cancelled" ? "yellow" : "red";
  view.line(
    `${paint(io, style, `✗ ${state}`)}${seconds}: ${reason}${message ? `: ${view.withoutShown(withoutLog(message))}` : ""}`,
  );
  if (state === "Cancelled") return exitStatusOf(experiment);
  const last = lastWordsOf(experiment, (pod) => view.hasShownLog(pod));
  if (last?.pod) view.line(`  last lines of ${placeOf(experiment, last.pod)}:`);
  for (const line of last?.lines ?? []) view.line(`    ${line}`);
  view.say(`  windlass why ${nameOf(experiment)} · windlass logs ${nameOf(experiment)}`);
  return exitStatusOf(experiment);
}
