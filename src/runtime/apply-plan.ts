/**
 * Carries a plan out: the root's own patch, then creates, patches and removes (in parallel within an order), then one
 * status patch. Every answer goes into the caches at once, so that the next pass sees its own writes.
 */
import type { Kind, KubeObject, ObjectRef } from "../api/meta/object.ts";
import { keyOf } from "../api/meta/object.ts";
import type { Client } from "../kube/client.ts";
import { isAlreadyExists, isNotFound, KubeError } from "../kube/errors.ts";
import { diffMergePatch, subsetPatch } from "../machinery/patch/merge.ts";
import type { Cache } from "./cache.ts";
import { errorText } from "./log.ts";
import type { Apply, EventRecord, Plan, Remove, RemoveCollection, WriteFailure } from "./plan.ts";

export interface Applier {
  readonly client: Client;
  readonly cache: Cache;
}

export interface Applied {
  readonly failures: readonly WriteFailure[];
  /** Of the writes: their successes and failures. The plan's own events are published by the caller. */
  readonly events: readonly EventRecord[];
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

async function applyOne({ client, cache }: Applier, { kind, target, mode = "merge" }: Apply): Promise<boolean> {
  const store = cache.storeOf(kind);
  const { name, namespace } = target.metadata;
  if (name === undefined) {
    store.upsert(await client.create(kind, target));
    return true;
  }
  const ref = { kind, namespace, name };
  let live = store.get(namespace, name);
  if (!live) {
    try {
      store.upsert(await client.create(kind, target));
      return true;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      live = await client.get<KubeObject>(ref);
      store.upsert(live);
      refuseForeign(target, live);
    }
  }
  if (mode === "create") return false;
  const { apiVersion: _, kind: __, ...fields } = target;
  const patch = subsetPatch(fields, live);
  if (patch === undefined) return false;
  store.upsert(await client.patch<KubeObject>(ref, patch, { type: "merge" }));
  return true;
}

/** An object of that name that somebody else controls is not ours to adopt. */
function refuseForeign(target: KubeObject, live: KubeObject): void {
  const uidOf = (object: KubeObject) => object.metadata.ownerReferences?.find((owner) => owner.controller)?.uid;
  const wanted = uidOf(target);
  if (wanted === undefined || uidOf(live) === wanted) return;
  throw new Error(`${live.kind} ${keyOf(live)} exists already and belongs to somebody else`);
}

async function removeOne(
  { client, cache }: Applier,
  { target, propagationPolicy, gracePeriodSeconds }: Remove,
): Promise<void> {
  const store = cache.storeOf(target.kind);
  const options = { propagationPolicy, gracePeriodSeconds };
  try {
    const answer = await client.delete(target, options);
    if (answer?.metadata.deletionTimestamp) store.upsert(answer);
    else forget(store.get(target.namespace, target.name), target, store);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    forget(store.get(target.namespace, target.name), target, store);
  }
}

function forget(known: KubeObject | undefined, target: ObjectRef, store: { remove(object: KubeObject): void }): void {
  if (known && (target.uid === undefined || known.metadata.uid === target.uid)) store.remove(known);
}

const removeMany = ({ client }: Applier, { kind, namespace, labelSelector }: RemoveCollection): Promise<void> =>
  client.deleteCollection(kind, { namespace, labelSelector });

class Outcome {
  readonly failures: WriteFailure[] = [];
  readonly events: EventRecord[] = [];

  /** Wraps a write so that its outcome is recorded and nothing is thrown. */
  task(write: Pick<Apply, "onSuccess" | "onFailure" | "failureReason">, run: () => Promise<unknown>): Task {
    return async () => {
      try {
        const changed = await run();
        if (write.onSuccess && changed !== false) this.events.push(write.onSuccess);
      } catch (error) {
        const message = errorText(error);
        const reason = write.failureReason ?? (error instanceof KubeError ? error.reason : "Error");
        this.failures.push({ reason, message });
        if (write.onFailure)
          this.events.push({ ...write.onFailure, message: `${write.onFailure.message}: ${message}` });
      }
    };
  }
}

/** Carries out everything of the plan but the status and its events. Never throws for a write that failed. */
export async function applyWrites(applier: Applier, plan: Plan<unknown>): Promise<Applied> {
  const outcome = new Outcome();
  const byOrder = new Map<number, Task[]>();
  const add = (order: number, task: Task) => byOrder.set(order, [...(byOrder.get(order) ?? []), task]);
  for (const write of plan.removeCollections ?? [])
    add(
      0,
      outcome.task(write, () => removeMany(applier, write)),
    );
  for (const write of plan.remove)
    add(
      write.order ?? 0,
      outcome.task(write, () => removeOne(applier, write)),
    );
  for (const write of plan.apply)
    add(
      write.order ?? 0,
      outcome.task(write, () => applyOne(applier, write)),
    );
  for (const order of [...byOrder.keys()].sort((a, b) => a - b)) {
    await inParallel(byOrder.get(order) ?? []);
    if (outcome.failures.length > 0) break;
  }
  return outcome;
}

/** Merge-patches the root itself; the answer is the new root. */
export async function patchRoot<Root extends KubeObject>(
  { client, cache }: Applier,
  kind: Kind,
  root: Root,
  patch: unknown,
): Promise<Root> {
  const { namespace, name = "" } = root.metadata;
  const answer = await client.patch<Root>({ kind, namespace, name }, patch, { type: "merge" });
  cache.storeOf(kind).upsert(answer);
  return answer;
}

/** Sends one merge patch of /status with what differs; false when nothing does. */
export async function writeStatus(applier: Applier, kind: Kind, root: KubeObject, status: unknown): Promise<boolean> {
  const before = (root as KubeObject & { readonly status?: unknown }).status ?? {};
  const patch = diffMergePatch(before, status);
  if (patch === undefined) return false;
  const { namespace, name = "" } = root.metadata;
  const answer = await applier.client.patch<KubeObject>(
    { kind, namespace, name },
    { status: patch },
    { type: "merge", subresource: "status" },
  );
  applier.cache.storeOf(kind).upsert(answer);
  return true;
}
