/**
 * A controller as one value: its root, what it owns and watches, what it may write, its actions, and the two functions
 * that are its behaviour. Caches, selectors, rights and the reference docs are made from it.
 */
import type { Kind, KubeObject } from "../meta/object.ts";
import type { ActionKind, Answer, Performer, Question } from "./action.ts";
import type { EventKind } from "./event-kind.ts";
import type { Metric } from "./metric.ts";
import type { WriteFailure } from "./plan.ts";
import type { PolicyRule } from "./policy-rule.ts";
import type { Steps } from "./steps.ts";

export type WriteVerb = "create" | "patch" | "patch-status" | "delete" | "deletecollection";

/** A kind with what the controller writes of it. */
export interface Writes {
  readonly kind: Kind;
  readonly writes: readonly WriteVerb[];
  /** For the reference docs: what it is made for. */
  readonly why?: string;
}

/** Objects made for the root: a change of one requeues the root that controls it. */
export interface Owned extends Writes {
  /** Fields that it neither reads nor changes: an operator leaves them out of its cache (unread-fields.ts). */
  readonly unread?: readonly string[];
  /** Label selector of what is cached. */
  readonly selector?: string;
}

/** The roots that are known under a key, in a namespace; in any, where none is given. */
export type RootsOf = (namespace: string | undefined, key: string | undefined) => readonly Request[];

/** Objects that are read. */
export interface Watched {
  readonly kind: Kind;
  /** Fields that it neither reads nor changes: an operator leaves them out of its cache (unread-fields.ts). */
  readonly unread?: readonly string[];
  readonly selector?: string;
  /** For the reference docs: what is read there, or why a change matters. */
  readonly why?: string;
  readonly writes?: readonly WriteVerb[];
  /** The roots that a change of the object concerns; absent: it requeues nobody. */
  readonly map?: (object: KubeObject, rootsOf: RootsOf) => readonly Request[];
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
  /** Failures of the previous reconcile of this root; empty after a clean reconcile. */
  failures(root: KubeObject): readonly WriteFailure[];
  /** The last answer of an action, whatever the question was. */
  answer<Q extends Question, A>(root: KubeObject, action: ActionKind<Q, A>): Answer<Q, A> | undefined;
}

export interface Request {
  readonly namespace?: string;
  readonly name: string;
}

export interface ControllerSpec<Root extends KubeObject, World, Status> {
  readonly name: string;
  /** For the reference docs: what it does, in a sentence or two. */
  readonly does?: string;
  /** `reportingController` of its events; `<name>-controller` when absent. */
  readonly reportsAs?: string;
  readonly root: Kind;
  /** Of the root itself, beside its status and our finalizer. */
  readonly rootWrites?: readonly WriteVerb[];
  readonly owns: readonly Owned[];
  readonly watches?: readonly Watched[];
  /** Kinds written without a cache, at the price of a GET each. */
  readonly writes?: readonly Writes[];
  /** The rules of Roles that it makes for others: the API server lets nobody give rights that he does not have. */
  readonly delegates?: readonly PolicyRule[];
  /** Under which keys watched objects know a root, besides its name: `RootsOf` finds it by them. */
  readonly keys?: (root: Root) => readonly string[];
  /** Which updates of the root requeue it; default: any change of generation, labels, annotations, finalizers or deletion. */
  readonly rootChanged?: (before: Root, after: Root) => boolean;
  /** Finalizer added before the first plan (when `needs` says so) and kept until a plan releases it. */
  readonly finalizer?: { readonly name: string; readonly needs?: (root: Root) => boolean };
  /** False: not ours (`managedBy`), leave it alone altogether. */
  readonly manages?: (root: Root) => boolean;
  observe(root: Root, cache: Reader): World;
  /** A function of its arguments: the runtime may plan twice in a reconcile. */
  plan(root: Root, world: World, now: Date): Steps<Status>;
  /**
   * Called instead of `plan` while the root is being deleted and our finalizer is on it. Without it the finalizer goes
   * at once. A root that is being deleted without our finalizer is left alone.
   */
  planDeletion?(root: Root, world: World, now: Date): Steps<Status>;
  readonly actions?: readonly Performer<Root>[];
  /** Every event that it publishes. */
  readonly events?: readonly EventKind[];
  /** For the reference docs: the states of its state machine, and what it does in each. */
  readonly phases?: Readonly<Record<string, string>>;
  /** What `/metrics` tells of the roots, besides the runtime's own about queues and reconciles. */
  readonly metrics?: readonly Metric<Root>[];
  /** What it waits for by the clock must not be thrown off by a sleep of the machine: its roots are told of one. */
  readonly isTimed?: boolean;
  /** Parallel workers; 4 when absent. */
  readonly workers?: number;
  /** Changes of children within this time become one reconcile; the manager's when absent. */
  readonly settleMs?: number;
}

// A list of controllers of different kinds: each is only ever handed its own root, world and status.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyControllerSpec = ControllerSpec<any, any, any>;

/** `reportingController` of its events. */
export const reporterOf = ({ name, reportsAs = `${name}-controller` }: AnyControllerSpec): string => reportsAs;
