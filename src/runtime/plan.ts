/**
 * The heart's vocabulary: a controller observes (from caches), plans (pure) and the runtime applies.
 * Everything in a Plan is plain data, so that a test can compare it whole.
 */
import type { Kind, KubeObject, ObjectRef } from "../api/meta/object.ts";

/** An event to publish about the root object (or `regarding`, when given). */
export interface EventRecord {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** events.k8s.io `action`: what was done (`Create`, `Delete`, `Update`, `Validate`, …). */
  readonly action: string;
  readonly regarding?: KubeObject;
}

/**
 * A write and the events about it. Events about writes belong here and not into the plan's own, which a pass with failed
 * writes replaces by those of a second look.
 */
export interface Write<T> {
  readonly target: T;
  /** Published when the write was made; not when nothing had to be written. */
  readonly onSuccess?: EventRecord;
  /** `message` gets the error's text appended. */
  readonly onFailure?: EventRecord;
  /** Reason recorded in the pass's failures (e.g. `FailedCreateHeadPod`) so that the next pass can put it in the status. */
  readonly failureReason?: string;
}

/**
 * An object to create when missing, else to merge-patch where it differs in the fields given here (lists compare whole;
 * null removes a field; `status` is left out). Without a name but with generateName it is created every time. An
 * existing object that somebody else controls is a failure, never adopted.
 */
export interface Apply extends Write<KubeObject> {
  readonly kind: Kind;
  /**
   * `create`: never patch what is already there. `patch`: never create, a missing object is no failure. The default is
   * `merge`: both. A target with a uid is only ever patched, and only if the object still has that uid.
   */
  readonly mode?: "merge" | "create" | "patch";
  /** Patch the status of an existing object instead: of the target, only `status` is looked at. */
  readonly subresource?: "status";
  /** Writes with a lower order finish before those with a higher one start; default 0. A failure stops later orders. */
  readonly order?: number;
}

/** Success when the object is gone or being deleted, whoever did it; another object of its name (by uid) is left alone. */
export interface Remove extends Write<ObjectRef> {
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
  readonly order?: number;
}

/**
 * Deletes every object of a kind that a label selector matches, in one request; with the writes of order 0. Not sent
 * while the cache holds none that is not being deleted already.
 */
export interface RemoveCollection {
  readonly kind: Kind;
  readonly namespace: string;
  readonly labelSelector: string;
  readonly onSuccess?: EventRecord;
  readonly onFailure?: EventRecord;
  readonly failureReason?: string;
}

/**
 * Work outside the Kubernetes API (Ray's HTTP API, an image build), carried out apart from the queue by the
 * controller's `act`. One run at a time per root and key; the outcome is kept as an observation and re-queues the root.
 */
export interface Action {
  /** Unique within the root object, e.g. `job-info`. */
  readonly key: string;
  readonly type: string;
  /** Plain data handed to `act`. When it differs from that of the last run, the action runs again at once. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Run again this long after the last run ended; absent = run once per distinct input. */
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
  /** Published after the status was written. Events about a write go with that write. */
  readonly events: readonly EventRecord[];
  /** Started after the status was written; running ones that are not named here any more are cancelled. */
  readonly actions?: readonly Action[];
  readonly requeueAfterMs?: number;
  /** Only for a root being deleted: the controller's finalizer may go. */
  readonly releaseFinalizer?: boolean;
}

/** One part's share of a plan: what it wants written, and what it tells without a write. */
export type PlanPart = Pick<Plan<unknown>, "apply" | "events">;

/** A write of the previous pass that failed. */
export interface WriteFailure {
  readonly reason: string;
  readonly message: string;
}

/** The outcome of the last finished run of an action. */
export interface Observation {
  readonly key: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly at: Date;
  readonly outcome: { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };
}

export interface ListFilter {
  readonly namespace?: string;
  /** Exact label matches. */
  readonly labels?: Readonly<Record<string, string>>;
  /** UID of the controlling owner: served from an index. */
  readonly controllerUid?: string;
}

/** Reads from caches only. Objects are frozen. Throws for a kind that the controller neither owns nor watches. */
export interface Reader {
  get<T extends KubeObject>(kind: Kind, namespace: string | undefined, name: string): T | undefined;
  list<T extends KubeObject>(kind: Kind, filter?: ListFilter): readonly T[];
  /** Failures of the previous pass over this root; empty after a clean pass. */
  failures(root: KubeObject): readonly WriteFailure[];
  observation(root: KubeObject, key: string): Observation | undefined;
}

export interface Request {
  readonly namespace?: string;
  readonly name: string;
}

export interface ControllerSpec<Root extends KubeObject, World, Status> {
  readonly name: string;
  /** `reportingController` of its events; `<name>-controller` when absent. */
  readonly reportsAs?: string;
  readonly root: Kind;
  /** Kinds whose changes re-queue the controlling owner. */
  readonly owns: readonly Kind[];
  /**
   * Other kinds to watch, with the roots that each of their changes concerns: none, for kinds that are only read.
   * Kinds neither owned nor watched may be written, at the price of a GET each.
   */
  readonly watches?: readonly { readonly kind: Kind; readonly map: (object: KubeObject) => readonly Request[] }[];
  /** Which updates of the root re-queue it; default: any change of generation, labels, annotations, finalizers or deletion. */
  readonly rootChanged?: (before: Root, after: Root) => boolean;
  /** Finalizer added before the first plan (when `needs` says so) and kept until a plan releases it. */
  readonly finalizer?: { readonly name: string; readonly needs?: (root: Root) => boolean };
  /** False: not ours (`managedBy`), leave it alone altogether. */
  readonly manages?: (root: Root) => boolean;
  /** Label selectors that narrow what is cached of a kind, by `group/resource` key. */
  readonly cacheSelectors?: Readonly<Record<string, string>>;
  observe(root: Root, cache: Reader): World;
  plan(root: Root, world: World, now: Date): Plan<Status>;
  /**
   * Called instead of `plan` while the root is being deleted and our finalizer is on it. Without it the finalizer goes
   * at once. A root that is being deleted without our finalizer is left alone.
   */
  planDeletion?(root: Root, world: World, now: Date): Plan<Status>;
  act?(action: Action, root: Root, signal: AbortSignal): Promise<unknown>;
  /** Time-out of one action run; 10 s when absent. */
  readonly actionTimeoutMs?: number;
  /** Parallel workers; 4 when absent. */
  readonly workers?: number;
}
