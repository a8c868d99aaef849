/**
 * Carries a plan's writes out: collections, removes and applies, in parallel within an order, one order after the
 * other. Nothing is thrown for a write that failed: failures are counted and told, for the next look at the root.
 */
import { isConflict, KubeError } from "../kube/errors.ts";
import { errorText } from "./log.ts";
import type { Apply, EventRecord, Plan, WriteFailure } from "./plan.ts";
import { applyObject, type CollectionRemover, removeObject, type Writer } from "./write-object.ts";

export interface Applier extends Writer {
  readonly collections: CollectionRemover;
}

export interface Applied {
  readonly failures: readonly WriteFailure[];
  /** Of the writes: their successes and failures. The plan's own events are published by the caller. */
  readonly events: readonly EventRecord[];
  /** A write met a version newer than the one it was planned for: no failure, but to be planned anew. */
  readonly conflict?: KubeError;
}

/** Writes in flight at once for one root. */
const parallel = 16;

type Task = () => Promise<void>;

async function inParallel(tasks: readonly Task[]): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let task = tasks[next++]; task; task = tasks[next++]) await task();
  };
  await Promise.all(Array.from({ length: Math.min(parallel, tasks.length) }, worker));
}

class Outcome implements Applied {
  readonly failures: WriteFailure[] = [];
  readonly events: EventRecord[] = [];
  conflict: KubeError | undefined;

  /** Wraps a write, which answers whether it wrote anything, so that its outcome is recorded and nothing is thrown. */
  task(write: Pick<Apply, "onSuccess" | "onFailure" | "failureReason">, run: () => Promise<boolean>): Task {
    return async () => {
      try {
        if ((await run()) && write.onSuccess) this.events.push(write.onSuccess);
      } catch (error) {
        if (isConflict(error)) this.conflict = error;
        else this.#failed(write, error);
      }
    };
  }

  get hasFailed(): boolean {
    return this.failures.length > 0 || this.conflict !== undefined;
  }

  #failed({ onFailure, failureReason }: Pick<Apply, "onFailure" | "failureReason">, error: unknown): void {
    const message = errorText(error);
    this.failures.push({ reason: failureReason ?? (error instanceof KubeError ? error.reason : "Error"), message });
    if (onFailure) this.events.push({ ...onFailure, message: `${onFailure.message}: ${message}` });
  }
}

/** Everything of the plan but its patch of the root, its status, its own events and its actions. Never rejects. */
export async function applyWrites(applier: Applier, plan: Plan<unknown>): Promise<Applied> {
  const outcome = new Outcome();
  const orders = new Map<number, Task[]>();
  const add = (order: number, task: Task) => {
    const tasks = orders.get(order);
    if (tasks) tasks.push(task);
    else orders.set(order, [task]);
  };
  for (const write of plan.removeCollections ?? []) {
    add(
      0,
      outcome.task(write, () => applier.collections.remove(applier, write)),
    );
  }
  for (const write of plan.remove) {
    add(
      write.order ?? 0,
      outcome.task(write, () => removeObject(applier, write)),
    );
  }
  for (const write of plan.apply) {
    add(
      write.order ?? 0,
      outcome.task(write, () => applyObject(applier, write)),
    );
  }
  for (const order of [...orders.keys()].sort((a, b) => a - b)) {
    await inParallel(orders.get(order) ?? []);
    if (outcome.hasFailed) break;
  }
  return outcome;
}
