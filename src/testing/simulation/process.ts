/** One process of an operator: the real runtime on a faulty connection. It ends without a word, and nothing of it is left but what it wrote. */
import { createClient } from "../../kube/create-client.ts";
import type { Clock } from "../../runtime/clock.ts";
import { createManager } from "../../runtime/manager.ts";
import type { AnyControllerSpec } from "../../runtime/spec.ts";
import type { Cluster } from "./cluster.ts";
import { FaultyTransport, type Process } from "./faulty-transport.ts";
import { seededRandom } from "../../machinery/seeded-random.ts";

/** A clock whose timers end with the process. */
function mortalClock(clock: Clock, ended: AbortSignal): Clock {
  const cancels = new Set<() => void>();
  ended.addEventListener("abort", () => {
    for (const cancel of cancels) cancel();
  });
  return {
    now: () => clock.now(),
    after(ms, callback) {
      if (ended.aborted) return () => {};
      const cancel = clock.after(ms, () => {
        cancels.delete(cancel);
        callback();
      });
      cancels.add(cancel);
      return () => {
        cancels.delete(cancel);
        cancel();
      };
    },
  };
}

export interface ProcessOptions extends Omit<Process, "clock"> {
  readonly namespace: string;
  readonly specs: readonly AnyControllerSpec[];
  readonly seed: number;
  /** The process gave up by itself: its first lists did not come. */
  readonly failed: () => void;
}

export function startProcess(cluster: Cluster, options: ProcessOptions): void {
  const { namespace, specs, seed, ended, failed } = options;
  const clock = mortalClock(cluster.clock, ended);
  const transport = new FaultyTransport(cluster.transport, { ...options, clock });
  const client = createClient(transport, { fieldManager: "windlass" });
  const random = seededRandom(seed);
  const manager = createManager({ client, clock, random, namespace, secret: () => "fresh", settleMs: 5 }, specs);
  manager.start().catch(failed);
}
