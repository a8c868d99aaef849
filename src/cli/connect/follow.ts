/** Keeps one object, or a set of them, up to date by list and watch, and says when something changed. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Kind, KubeObject } from "../../meta/object.ts";
import { isExpired } from "../../kube/errors.ts";
import type { ListOptions } from "../../kube/client.ts";
import type { Target } from "./target.ts";

const retryMs = 500;

/** Told how the connection is. */
export interface Connection {
  /** May throw: then there is no hope left. */
  lost(error: Error): void;
  /** Called after every answer. */
  back(): void;
}

export interface Follow<T extends KubeObject> {
  readonly kind: Kind;
  readonly options: ListOptions;
  /** Called after the first list and after every change, with what there is now. */
  readonly changed: (objects: ReadonlyMap<string, T>) => void;
  readonly outage: Connection;
  readonly signal: AbortSignal;
}

async function once<T extends KubeObject>(
  target: Target,
  { kind, options, changed, outage, signal }: Follow<T>,
): Promise<void> {
  const list = await target.client.list<T>(kind, { ...options, signal });
  outage.back();
  const objects = new Map(list.items.map((item) => [item.metadata.name ?? "", item]));
  changed(objects);
  const watch = target.client.watch<T>(kind, {
    ...options,
    resourceVersion: list.metadata.resourceVersion,
    allowWatchBookmarks: true,
    signal,
  });
  for await (const { type, object } of watch) {
    if (type === "BOOKMARK") continue;
    if (type === "DELETED") objects.delete(object.metadata.name ?? "");
    else objects.set(object.metadata.name ?? "", object);
    changed(objects);
  }
}

/** Runs until `signal` aborts; trouble with the connection is told and retried. Throws when there is no hope left. */
export async function follow<T extends KubeObject>(target: Target, what: Follow<T>): Promise<void> {
  while (!what.signal.aborted) {
    try {
      await once(target, what);
    } catch (error) {
      if (what.signal.aborted) return;
      if (!isExpired(error)) what.outage.lost(error as Error);
    }
    if (!what.signal.aborted) await sleep(retryMs);
  }
}
