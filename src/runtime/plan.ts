/**
 * What a reconcile does, as plain data: writes, events, actions, and the status. Controllers write steps (steps.ts),
 * which are joined to one Plan; the runtime carries it out.
 */
import type { Kind, KubeObject, ObjectRef } from "../meta/object.ts";
import type { EventRecord } from "./event-record.ts";
import type { Noun, Verb } from "./noun.ts";

/** How a write is told; without a noun it is not. */
export interface Told {
  readonly as?: Noun;
  /** The sentence of its success, instead of the noun's. `{object}` stands for namespace and name. */
  readonly says?: string;
  /** What `{object}` stands for, where it is not the namespace and name of what is written: the members of a collection. */
  readonly object?: string;
}

/** When a write is made among the writes of its reconcile. */
export interface Ordered {
  /** Writes with a lower order finish before those with a higher one start; default 0. A failure stops later orders. */
  readonly order?: number;
}

/**
 * An object to create when missing, else to merge-patch where it differs in the fields given here (lists compare whole;
 * null removes a field; `status` is left out). An existing object that somebody else controls is a failure, never
 * adopted.
 */
export interface Apply extends Told, Ordered {
  readonly kind: Kind;
  /** Without a name but with generateName, the runtime names it: see `slot`. */
  readonly target: KubeObject;
  /**
   * `create`: never patch what is already there. `patch`: never create, a missing object is no failure. The default is
   * `merge`: both. A target with a uid is only ever patched, and only if the object still has that uid.
   */
  readonly mode?: "merge" | "create" | "patch";
  /**
   * What the object is to its root (`group/index`), for one whose name is generated. A create whose answer was lost is
   * repeated under the same name for the same slot, so that no second object is made.
   */
  readonly slot?: string;
  /** Paths of fields to fill with 32 random bytes (base64) when the object is created: a plan draws nothing random. */
  readonly fresh?: readonly (readonly string[])[];
  /** An existing object is as good as ours, whoever controls it. */
  readonly accepts?: "any";
  /** Patch the status of an existing object instead: of the target, only `status` is looked at. */
  readonly subresource?: "status";
}

/** Success when the object is gone or being deleted, whoever did it; another object of its name (by uid) is left alone. */
export interface Remove extends Told, Ordered {
  readonly target: ObjectRef;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
}

/**
 * Deletes every object of a kind that a label selector matches, in one request; with the writes of order 0. Not sent
 * while the cache holds none that is not being deleted already.
 */
export interface RemoveCollection extends Told {
  readonly kind: Kind;
  readonly namespace: string;
  readonly labelSelector: string;
}

/** An action to run, and its question: plain data. When the question differs from that of the last run, it runs again at once. */
export interface Asked {
  /** The action's name, unique within the controller. */
  readonly action: string;
  readonly question: Readonly<Record<string, unknown>>;
  /** Run again this long after the last run ended; absent = run once per distinct question. */
  readonly repeatAfterMs?: number;
}

export interface Plan<Status> {
  readonly apply: readonly Apply[];
  readonly remove: readonly Remove[];
  readonly removeCollections?: readonly RemoveCollection[];
  /** The whole desired status; one merge patch of /status is sent only if something differs. Written after apply and remove. */
  readonly status?: Status;
  /** Merge patch of the root object itself (metadata, spec), sent before anything else. */
  readonly patchRoot?: Readonly<Record<string, unknown>>;
  /** Published after the status was written. The runtime adds those about writes. */
  readonly events: readonly EventRecord[];
  /** Started after the status was written; running ones that are not named here any more are cancelled. */
  readonly actions?: readonly Asked[];
  readonly requeueAfterMs?: number;
  /** Only for a root being deleted: the controller's finalizer may go. */
  readonly releaseFinalizer?: boolean;
}

/** A write of the previous reconcile that failed. */
export interface WriteFailure {
  readonly verb: Verb;
  readonly noun?: Noun;
  /** `FailedCreateHeadPod` for a noun, else the API server's reason. */
  readonly reason: string;
  readonly message: string;
}
