/** What the verbs share: store, registry, clock and randomness, and the target of one request. */
import type { UnknownObject } from "../../api/meta/object.ts";
import { formatTime } from "../../api/meta/condition.ts";
import { apiVersionOf } from "../../api/meta/object.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { NodeAgent } from "../contracts.ts";
import type { Store } from "../store/store.ts";
import { notStored } from "./errors.ts";
import type { Registry } from "./registry.ts";
import type { Resource } from "./resource.ts";

export interface Api {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  /** Yields [0, 1). */
  readonly random: () => number;
  readonly uid: () => string;
  agent?: NodeAgent;
}

/** What a request's path named, once resolved. */
export interface Target {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

export type Query = (name: string) => string | undefined;

export const storeKey = (namespace: string | undefined, name: string): string => (namespace ? `${namespace}/${name}` : name);

export const nowText = (api: Api): string => formatTime(api.clock.now());

/** The stored object in the version that was asked for. Versions of one resource differ in nothing but apiVersion (strategy None). */
export function inVersion(resource: Resource, object: UnknownObject): UnknownObject {
  const apiVersion = apiVersionOf(resource.kind);
  return object.apiVersion === apiVersion ? object : Object.freeze({ ...object, apiVersion });
}

/** Waits until the change is on the disk: only then is it acknowledged. */
export async function acknowledged<T>(api: Api, value: T): Promise<T> {
  try {
    await api.store.durable();
  } catch (error) {
    throw notStored(error as Error);
  }
  return value;
}
