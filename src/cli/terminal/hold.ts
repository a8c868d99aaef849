/** Commands that stand until the user ends them, or what they are about ends. */
import type { Kind, KubeObject } from "../../meta/object.ts";
import { readRecord } from "../daemon/record.ts";
import { follow } from "../connect/follow.ts";
import type { Target } from "../connect/target.ts";

/** How long the API may be away before a local cluster that is down is believed. */
const patienceMs = 5000;

export interface Held<T extends KubeObject> {
  readonly kind: Kind;
  readonly name: string;
  /** Why it is over, as a sentence; undefined while it goes on. Called without an object once that is deleted. */
  readonly over: (object: T | undefined) => string | undefined;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Resolves with why it ended; undefined when the user ended it. */
export async function holdUntilOver<T extends KubeObject>(target: Target, held: Held<T>): Promise<string | undefined> {
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const signal of signals) process.on(signal, end);
  try {
    return await new Promise<string | undefined>((resolve) => {
      stop.signal.addEventListener("abort", () => resolve(undefined), { once: true });
      const changed = (objects: ReadonlyMap<string, T>) => {
        const why = held.over(objects.get(held.name));
        if (why !== undefined) resolve(why);
      };
      let lostAt: number | undefined;
      const outage = {
        lost: () => {
          lostAt ??= performance.now();
          if (performance.now() - lostAt > patienceMs && target.local && !readRecord(target.local.server))
            resolve("the local cluster was stopped");
        },
        back: () => {
          lostAt = undefined;
        },
      };
      const options = { namespace: target.namespace, fieldSelector: `metadata.name=${held.name}` };
      void follow<T>(target, { kind: held.kind, options, changed, outage, signal: stop.signal });
    });
  } finally {
    end();
    for (const signal of signals) process.off(signal, end);
  }
}
