/**
 * Carries a plan's writes out: collections, removes and applies, in parallel within an order, one order after the
 * other. Nothing is thrown for a write that failed: failures are counted and told, for the next reconcile of the root.
 */
import type { KubeObject } from "../meta/object.ts";
import { isConflict, KubeError } from "../kube/errors.ts";
import { inParallel } from "../machinery/in-parallel.ts";
import { errorText } from "./log.ts";
import { failureOf, successOf, type Verb, type Written } from "./noun.ts";
import type { EventRecord } from "./event-record.ts";
import type { Plan, Told, WriteFailure } from "./plan.ts";
import { applyObject, type CollectionRemover, removeObject, type Wrote, type Writer } from "./write-object.ts";

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

/** What a write is about, before its outcome is known. */
interface About {
  readonly told: Told;
  readonly verb: Verb;
  readonly written: Written;
}

interface Named {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly generateName?: string | undefined;
}

const about = (told: Told, verb: Verb, { namespace, name, generateName = "" }: Named): About => ({
  told,
  verb,
  written: {
    name: name ?? generateName,
    ...(namespace && { namespace }),
    ...(told.object && { object: told.object }),
  },
});

class Outcome implements Applied {
  readonly failures: WriteFailure[] = [];
  readonly events: EventRecord[] = [];
  conflict: KubeError | undefined;

  /** Wraps a write so that its outcome is recorded and nothing is thrown. */
  task(about: About, run: () => Promise<Wrote>): Task {
    return async () => {
      try {
        const { wrote, verb, name } = await run();
        const { as, says } = about.told;
        const event = as && wrote ? successOf(as, verb, { ...about.written, name }, says) : undefined;
        if (event) this.events.push(event);
      } catch (error) {
        if (isConflict(error)) this.conflict = error;
        else this.#failed(about, error);
      }
    };
  }

  get hasFailed(): boolean {
    return this.failures.length > 0 || this.conflict !== undefined;
  }

  #failed({ told: { as: noun }, verb, written }: About, error: unknown): void {
    const message = errorText(error);
    const reason = error instanceof KubeError ? error.reason : "Error";
    this.failures.push({ verb, reason: noun ? `Failed${verb}${noun.reason}` : reason, message, ...(noun && { noun }) });
    if (!noun) return;
    const event = failureOf(noun, verb, written);
    this.events.push({ ...event, message: `${event.message}: ${message}` });
  }
}

const deleted = async (name: string, run: Promise<boolean>): Promise<Wrote> => ({
  wrote: await run,
  verb: "Delete",
  name,
});

/** Everything of the plan but its patch of the root, its status, its own events and its actions. Never rejects. */
export async function applyWrites(applier: Applier, root: KubeObject, plan: Plan<unknown>): Promise<Applied> {
  const outcome = new Outcome();
  const orders = new Map<number, Task[]>();
  const add = (order: number, about: About, run: () => Promise<Wrote>) => {
    const tasks = orders.get(order) ?? [];
    orders.set(order, tasks);
    tasks.push(outcome.task(about, run));
  };
  for (const write of plan.removeCollections ?? []) {
    // The sentences of a collection speak of the root.
    const { name = "" } = root.metadata;
    add(0, about(write, "Delete", root.metadata), () => deleted(name, applier.collections.remove(applier, write)));
  }
  for (const write of plan.remove) {
    const { target, order = 0 } = write;
    add(order, about(write, "Delete", target), () => deleted(target.name, removeObject(applier, write)));
  }
  for (const write of plan.apply) {
    const { target, mode, order = 0 } = write;
    const verb = mode === "patch" ? "Update" : "Create";
    add(order, about(write, verb, target.metadata), () => applyObject(applier, write, root.metadata.uid ?? ""));
  }
  for (const order of [...orders.keys()].sort((a, b) => a - b)) {
    await inParallel(parallel, orders.get(order) ?? []);
    if (outcome.hasFailed) break;
  }
  return outcome;
}
