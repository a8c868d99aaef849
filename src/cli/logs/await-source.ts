/** The pod whose log is to be followed may not be there yet: it is waited for as long as the experiment can still make it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { LogSource } from "./log-sources.ts";
import { UserError } from "../errors/user-error.ts";

export interface Sight {
  readonly sources: readonly LogSource[];
  /** The experiment makes no more pods. */
  readonly isOver: boolean;
}

export interface Awaiting {
  readonly look: () => Promise<Sight>;
  /** Throws UserError when there is none. */
  readonly choose: (sources: readonly LogSource[]) => LogSource;
  readonly say: (line: string) => void;
}

const lookEveryMs = 500;
const comesLater = new Set(["POD_NOT_FOUND", "RANK_NOT_FOUND", "NO_LOGS"]);

/** Says once what it waits for. Rejects with what `choose` throws once the experiment is over, and with any other error at once. */
export async function awaitSource({ look, choose, say }: Awaiting): Promise<LogSource> {
  let hasSaid = false;
  for (;;) {
    const { sources, isOver } = await look();
    try {
      return choose(sources);
    } catch (error) {
      if (isOver || !(error instanceof UserError) || !comesLater.has(error.code)) throw error;
      if (!hasSaid) say(`${error.message} yet; waiting`);
      hasSaid = true;
    }
    await sleep(lookEveryMs);
  }
}
