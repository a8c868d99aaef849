/**
 * What a signal means to a command that watches an experiment. A viewer only ever goes. `run` owns its experiment:
 * SIGINT asks where a person can answer, else cancels, as SIGTERM does; once it is cancelled, another one leaves without
 * waiting. A closed terminal and a reader that went away never cancel.
 */
import type { Ending, Endings } from "../program/endings.ts";
import type { Question } from "./question.ts";
import type { RunView } from "./run-view.ts";

/** npm passes the signals of the terminal on to a child that has had them already: within this time they are one. */
const sameWithinMs = 1000;

/** Answers whether a signal is a new one, not an earlier one passed on once more. `now` in milliseconds. */
function makeCoalescing(now: () => number): (ending: Ending) => boolean {
  const seen = new Map<Ending, number>();
  return (ending) => {
    const at = now();
    const before = seen.get(ending);
    if (before !== undefined && at - before < sameWithinMs) return false;
    seen.set(ending, at);
    return true;
  };
}

export interface Watched {
  readonly endings: Endings;
  readonly view: Pick<RunView, "line" | "pause">;
  /** Looks for somebody to ask; undefined where there is nobody. */
  readonly findQuestion: () => Question | undefined;
  /** Rejects when the cluster did not take the request. */
  readonly cancel: () => Promise<void>;
  /** Stop watching; the experiment goes on. Without an ending the user chose so. */
  readonly detach: (ending?: Ending) => void;
  /** Stop watching an experiment that has been cancelled. */
  readonly leave: () => void;
  /** In milliseconds. */
  readonly now: () => number;
}

/** For a viewer: it goes, whatever comes. Returns its removal. */
export const onViewerEnding = ({ endings, detach }: Pick<Watched, "endings" | "detach">): (() => void) =>
  endings.listen(detach);

/** Cancels it, and says so; false where the cluster did not take the request. */
async function isCancelled({ view, cancel }: Watched): Promise<boolean> {
  view.line("cancelling … (press Ctrl-C again to leave without waiting)");
  try {
    await cancel();
    return true;
  } catch (error) {
    view.line(`cannot cancel the experiment: ${(error as Error).message} (press Ctrl-C to retry)`);
    return false;
  }
}

/** For the command that owns the experiment. Returns its removal. */
export function onOwnerEnding(watched: Watched): () => void {
  const { view, detach, leave } = watched;
  let state: "watching" | "asking" | "cancelled" = "watching";
  let question = new AbortController();
  let isNew = makeCoalescing(watched.now);

  const cancel = async (): Promise<void> => {
    state = "cancelled";
    if (!(await isCancelled(watched))) state = "watching";
  };
  const ask = async (how: Question): Promise<void> => {
    state = "asking";
    question = new AbortController();
    const answer = await view.pause(() => how(question.signal));
    if (answer === undefined) return;
    state = "watching";
    // It is over: to abort it now would end the line that is drawn since.
    question = new AbortController();
    // An answer takes a person longer than npm takes: what comes now is another key press.
    isNew = makeCoalescing(watched.now);
    if (answer === "cancel") await cancel();
    if (answer === "detach") detach();
  };
  const interrupt = (): void => {
    // While it is asked, Ctrl-C is a key and no signal: this one is the first, passed on late.
    if (state === "asking") return;
    const how = watched.findQuestion();
    void (how ? ask(how) : cancel());
  };
  const remove = watched.endings.listen((ending) => {
    if (!isNew(ending)) return;
    const isGone = ending === "SIGHUP" || ending === "SIGPIPE";
    if (!isGone && state === "cancelled") return leave();
    if (ending === "SIGINT") return interrupt();
    question.abort();
    if (isGone) detach(ending);
    else void cancel();
  });
  return () => {
    question.abort();
    remove();
  };
}
