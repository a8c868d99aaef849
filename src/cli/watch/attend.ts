/**
 * Watches an experiment for the person at the terminal, to its end or until something ends the watching; says what
 * became of it, and answers the exit status. `windlass run` owns what it watches; `windlass logs -f` is a viewer.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { conclude, exitStatuses } from "./conclude.ts";
import { type Ending, type Endings, statusOfEnding } from "../program/endings.ts";
import { requestCancel } from "../experiments/find.ts";
import { onOwnerEnding, onViewerEnding } from "./interrupt.ts";
import type { Io } from "../program/io.ts";
import { outputsLine } from "../outputs/summary.ts";
import { findQuestion } from "./question.ts";
import { RunView } from "./run-view.ts";
import type { Target } from "../connect/target.ts";
import { watchExperiment } from "./watch-experiment.ts";

/** Why the watching ended before the experiment did. */
type Departure =
  | { readonly kind: "detached"; readonly ending?: Ending }
  | { readonly kind: "left"; readonly cancelling: Promise<void> };

/** How long somebody who leaves waits for the cluster to take the cancellation. */
const leaveMs = 2000;

/** Says what becomes of the experiment that is no longer watched. */
async function takeLeave(io: Io, view: RunView, name: string, departure: Departure): Promise<number> {
  if (departure.kind === "detached") {
    const text = `${name} continues; \`windlass logs -f ${name}\` follows it, \`windlass cancel ${name}\` cancels it`;
    const { ending } = departure;
    if (ending === "SIGPIPE") io.stderr.write(`${text}\n`);
    else view.say(text);
    return ending === undefined ? 0 : statusOfEnding(ending);
  }
  const isTaken = await Promise.race([departure.cancelling.then(() => true), sleep(leaveMs, false)]).catch(() => false);
  view.say(
    isTaken
      ? `${name} is being cancelled; \`windlass get ${name}\` shows its state`
      : `the cluster has not answered and ${name} may still be running; \`windlass cancel ${name}\` cancels it`,
  );
  return exitStatuses.Cancelled;
}

interface Attention {
  readonly target: Target;
  readonly name: string;
  /** An owner may cancel the experiment; a viewer never does. */
  readonly as: "owner" | "viewer";
}

const noEndings: Endings = { listen: () => () => {} };

export async function attend(io: Io, { target, name, as }: Attention): Promise<number> {
  const view = new RunView(io);
  const stop = new AbortController();
  let departure: Departure = { kind: "detached" };
  let cancelling = Promise.resolve();
  const depart = (how: Departure) => {
    departure = how;
    stop.abort();
  };
  const detach = (ending?: Ending) => depart({ kind: "detached", ending });
  const { endings = noEndings } = io;
  const remove =
    as === "viewer"
      ? onViewerEnding({ endings, detach })
      : onOwnerEnding({
          endings,
          view,
          findQuestion,
          cancel: () => (cancelling = requestCancel(target, name)),
          detach,
          leave: () => depart({ kind: "left", cancelling }),
          now: () => performance.now(),
        });
  try {
    const experiment = await watchExperiment({ target, name, view, signal: stop.signal });
    if (!experiment) return await takeLeave(io, view, name, departure);
    const status = conclude(io, view, experiment);
    const outputs = await outputsLine(io, target, experiment);
    if (outputs) view.say(outputs);
    return status;
  } finally {
    remove();
    view.close();
  }
}
