/** What each signal does to `run` and to a viewer: a table of what comes, and of what is done and printed. */
import { expect, test } from "vitest";
import type { Ending } from "../program/endings.ts";
import { onOwnerEnding, onViewerEnding } from "./interrupt.ts";
import type { Answer } from "./question.ts";

/** A number lets that many milliseconds pass. */
type Happening = Ending | Answer | number;

/** Feeds endings and answers; tells what was done in order. */
async function play(
  who: "run" | "viewer",
  happenings: readonly Happening[],
  how: { terminal?: boolean; fails?: boolean },
) {
  const done: string[] = [];
  let now = 0;
  let deliver: (ending: Ending) => void = () => {};
  let answer: (answer: Answer | undefined) => void = () => {};
  const endings = {
    listen: (handler: typeof deliver) => {
      deliver = handler;
      return () => {};
    },
  };
  const question = (signal: AbortSignal) => {
    done.push("asked");
    return new Promise<Answer | undefined>((resolve) => {
      answer = resolve;
      signal.addEventListener("abort", () => resolve(undefined));
    });
  };
  const watched = {
    endings,
    view: {
      line: (text: string) => void done.push(text.split(" ").slice(0, 5).join(" ")),
      pause: <T>(work: () => Promise<T>) => work(),
    },
    findQuestion: () => (how.terminal ? question : undefined),
    cancel: async () => {
      if (how.fails) throw new Error("no way");
      done.push("CANCEL");
    },
    detach: (ending?: Ending) => void done.push(`detach ${ending ?? "as chosen"}`),
    leave: () => void done.push("leave"),
    now: () => now,
  };
  if (who === "run") onOwnerEnding(watched);
  else onViewerEnding(watched);
  for (const happening of happenings) {
    if (typeof happening === "number") now += happening;
    else if (happening.startsWith("SIG")) deliver(happening as Ending);
    else answer(happening as Answer);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
  return done;
}

interface Row {
  readonly who?: "viewer";
  readonly terminal?: boolean;
  readonly fails?: boolean;
  readonly come: readonly Happening[];
  readonly done: readonly string[];
}

const cancelling = "cancelling … (press Ctrl-C again";

const rows: Readonly<Record<string, Row>> = {
  "Ctrl-C on a terminal asks": { terminal: true, come: ["SIGINT"], done: ["asked"] },
  "a Ctrl-C passed on late is no answer": { terminal: true, come: ["SIGINT", "SIGINT", "SIGINT"], done: ["asked"] },
  "a Ctrl-C passed on by npm counts once": {
    come: ["SIGINT", 4, "SIGINT", 700, "SIGINT"],
    done: [cancelling, "CANCEL"],
  },
  "a second Ctrl-C leaves": {
    come: ["SIGINT", 4, "SIGINT", 1000, "SIGINT"],
    done: [cancelling, "CANCEL", "leave"],
  },
  "keep watching": { terminal: true, come: ["SIGINT", "continue"], done: ["asked"] },
  "asked again after keep watching": {
    terminal: true,
    come: ["SIGINT", "continue", "SIGINT", "detach"],
    done: ["asked", "asked", "detach as chosen"],
  },
  "cancel it, and another Ctrl-C leaves": {
    terminal: true,
    come: ["SIGINT", "cancel", "SIGINT"],
    done: ["asked", cancelling, "CANCEL", "leave"],
  },
  "Ctrl-C without a terminal cancels": { come: ["SIGINT"], done: [cancelling, "CANCEL"] },
  "SIGTERM cancels, with a terminal or without": { terminal: true, come: ["SIGTERM"], done: [cancelling, "CANCEL"] },
  "SIGINT then SIGTERM, as a CI system ends a step": {
    come: ["SIGINT", "SIGTERM"],
    done: [cancelling, "CANCEL", "leave"],
  },
  "SIGTERM while it is asked": {
    terminal: true,
    come: ["SIGINT", "SIGTERM"],
    done: ["asked", cancelling, "CANCEL"],
  },
  "a closed terminal detaches": { terminal: true, come: ["SIGHUP"], done: ["detach SIGHUP"] },
  "a terminal closed while it is asked": {
    terminal: true,
    come: ["SIGINT", "SIGHUP"],
    done: ["asked", "detach SIGHUP"],
  },
  "a reader that went away detaches": { come: ["SIGPIPE"], done: ["detach SIGPIPE"] },
  "a cancellation that fails is told, and Ctrl-C tries again": {
    fails: true,
    come: ["SIGINT", 2000, "SIGINT"],
    done: [cancelling, "cannot cancel the experiment: no", cancelling, "cannot cancel the experiment: no"],
  },
  "SIGINT ends a viewer": { who: "viewer", terminal: true, come: ["SIGINT"], done: ["detach SIGINT"] },
  "SIGTERM ends a viewer": { who: "viewer", come: ["SIGTERM"], done: ["detach SIGTERM"] },
  "SIGHUP ends a viewer": { who: "viewer", come: ["SIGHUP"], done: ["detach SIGHUP"] },
};

test.each(Object.entries(rows))("%s", async (_, { who, come, done, ...how }) => {
  expect(await play(who ?? "run", come, how)).toEqual(done);
});
