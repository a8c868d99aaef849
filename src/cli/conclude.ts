/** The end of an experiment: what the person who watched it is told, and the exit status. */
import type { Experiment } from "../api/experiment/types.ts";
import { nameOf } from "./experiments.ts";
import { type Io, paint } from "./io.ts";
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

/** The log in the message of an experiment whose command never started: nothing of it has been shown yet. */
function unseenLog({ status }: Experiment): readonly string[] {
  const hasRun = status?.steps?.some(({ name, startTime }) => name === "Running" && startTime !== undefined);
  return hasRun ? [] : logIn(status?.message ?? "").slice(-shownLines);
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
  view.line(`${paint(io, style, `✗ ${state}`)}${seconds}: ${reason}${message ? `: ${withoutLog(message)}` : ""}`);
  if (state === "Cancelled") return exitStatusOf(experiment);
  for (const line of unseenLog(experiment)) view.line(`    ${line}`);
  view.line(`  windlass why ${nameOf(experiment)} · windlass logs ${nameOf(experiment)}`);
  return exitStatusOf(experiment);
}
