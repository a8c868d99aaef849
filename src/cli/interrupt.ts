/**
 * Ctrl-C during a run. On a terminal the first one asks; the second cancels; the third leaves at once. Without a
 * terminal (CI) the first cancels and the second leaves at once.
 */
import { isCancel, select } from "@clack/prompts";
import type { Io } from "./io.ts";
import type { RunView } from "./run-view.ts";

export interface Interrupts {
  /** Called at most once. */
  readonly cancel: () => void;
  /** Leave the experiment running. */
  readonly detach: () => void;
  /** Leave without waiting for anything. */
  readonly leave: () => void;
}

type Answer = "continue" | "detach" | "cancel";

async function ask(): Promise<Answer> {
  const answer = await select<Answer>({
    message: "The experiment is still running.",
    options: [
      { value: "continue", label: "keep watching" },
      { value: "detach", label: "detach", hint: "it goes on in the background" },
      { value: "cancel", label: "cancel it" },
    ],
  });
  return isCancel(answer) ? "cancel" : answer;
}

/** Installs the handler; returns its removal. */
export function onInterrupt(io: Io, view: RunView, interrupts: Interrupts): () => void {
  let asking = false;
  let cancelled = false;
  const cancel = () => {
    if (cancelled) return interrupts.leave();
    cancelled = true;
    view.line("cancelling … (Ctrl-C again leaves without waiting)");
    interrupts.cancel();
  };
  const handler = () => {
    if (cancelled || asking || !io.isTTY || !process.stdin.isTTY) return cancel();
    asking = true;
    void view.pause(ask).then((answer) => {
      asking = false;
      if (answer === "cancel") cancel();
      if (answer === "detach") interrupts.detach();
    });
  };
  process.on("SIGINT", handler);
  process.on("SIGTERM", handler);
  return () => {
    process.off("SIGINT", handler);
    process.off("SIGTERM", handler);
  };
}
