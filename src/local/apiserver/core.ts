/** What every handler shares: the store, the kinds, time and chance. Keys and reads of stored objects. */
import type { UnknownObject } from "../../meta/object.ts";
import type { Clock } from "../../runtime/clock.ts";
import { NotStoredError, type Store } from "../store/index.ts";
import { KubeError, failure } from "../../kube/errors.ts";
import { notFound } from "./errors.ts";
import type { Registry, ResourceType, WriteContext } from "./kinds/registry.ts";
import type { Call } from "./request/call.ts";

export interface Core {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Yields [0, 1). */
  readonly random: () => number;
}

export const keyFor = (namespace: string | undefined, name: string): string =>
  namespace ? `${namespace}/${name}` : name;

/** The stored object a call names. Throws 404. */
export function mustGet({ store }: Core, { type, namespace, name = "" }: Call): UnknownObject {
  const found = store.get(type.storage, keyFor(namespace, name));
  if (!found) throw notFound(type.kind, name);
  return found;
}

/** Waits until what was written is on the disk. Throws 507 when the disk is full, 500 when it failed otherwise. */
export async function durable({ store }: Core): Promise<void> {
  try {
    await store.durable();
  } catch (cause) {
    if (!(cause instanceof NotStoredError)) throw cause;
    const full = /full|ENOSPC/i.test(cause.message);
    const status = failure(full ? 507 : 500, full ? "InsufficientStorage" : "InternalError", cause.message);
    throw new KubeError(status, { cause });
  }
}

export const contextOf = ({ store, clock, random }: Core): WriteContext => ({
  now: clock.now(),
  random,
  get: (storage, key) => store.get(storage, key),
  list: (storage) => store.list(storage),
});

/** A random (version 4) UUID. */
export function makeUid(random: () => number): string {
  const hex = Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0"),
  ).join("");
  const variant = "89ab"[Number.parseInt(hex[16] ?? "0", 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

export type { ResourceType };
