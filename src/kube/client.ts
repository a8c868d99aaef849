/**
 * What controllers and commands use to talk to a Kubernetes API: typed verbs on kinds.
 * `createClient(transport)` in create-client.ts implements it; nothing here does I/O.
 */
import type { Kind, KubeObject, ObjectList, ObjectRef, UnknownObject } from "../meta/object.ts";
import type { Transport } from "./transport.ts";

export type PatchType = "merge" | "json" | "strategic" | "apply";

export interface WriteOptions {
  readonly fieldManager?: string;
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

export interface PatchOptions extends WriteOptions {
  readonly type: PatchType;
  readonly subresource?: string;
  /** Server-side apply only: take fields over from other managers. */
  readonly force?: boolean;
}

export interface DeleteOptions {
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly signal?: AbortSignal;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "NotOlderThan" | "Exact";
  readonly signal?: AbortSignal;
}

export interface WatchOptions extends ListOptions {
  readonly allowWatchBookmarks?: boolean;
  readonly timeoutSeconds?: number;
}

/** A watch event whose object is already typed; ERROR events are thrown as KubeError instead. */
export interface TypedWatchEvent<T extends KubeObject> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

/** All verbs reject with KubeError when the server answers a failure. */
export interface Client {
  readonly transport: Transport;
  get<T extends KubeObject = UnknownObject>(ref: ObjectRef, options?: { readonly signal?: AbortSignal }): Promise<T>;
  list<T extends KubeObject = UnknownObject>(kind: Kind, options?: ListOptions): Promise<ObjectList<T>>;
  watch<T extends KubeObject = UnknownObject>(kind: Kind, options?: WatchOptions): AsyncIterable<TypedWatchEvent<T>>;
  /** Creates `object`; its namespace comes from its metadata. */
  create<T extends KubeObject>(kind: Kind, object: T, options?: WriteOptions): Promise<T>;
  update<T extends KubeObject>(
    kind: Kind,
    object: T,
    options?: WriteOptions & { readonly subresource?: string },
  ): Promise<T>;
  patch<T extends KubeObject = UnknownObject>(ref: ObjectRef, patch: unknown, options: PatchOptions): Promise<T>;
  /** Resolves with the object while it is still there (finalizers, grace period), else with undefined. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<UnknownObject | undefined>;
  deleteCollection(kind: Kind, list: ListOptions, options?: DeleteOptions): Promise<void>;
}

/** REST path of a kind's collection, or of one object (and subresource) in it. */
export function pathOf(kind: Kind, namespace?: string, name?: string, subresource?: string): string {
  const root = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const scope = kind.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const item = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${kind.resource}${item}${subresource ? `/${subresource}` : ""}`;
}
