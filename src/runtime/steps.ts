/**
 * Steps are what controllers plan with: each is plain data, a list of them is a plan, and parts of a plan are joined by
 * concatenation. `joinSteps` turns the list into the Plan that the runtime carries out. Pure.
 */
import type { Kind, KubeObject, ObjectRef } from "../meta/object.ts";
import type { ActionKind, Question } from "./action.ts";
import type { EventRecord } from "./event-record.ts";
import type { Apply, Ordered, Plan, Remove, RemoveCollection, Told } from "./plan.ts";
import type { Asked } from "./plan.ts";

export type Step<Status = never> =
  | { readonly do: "apply"; readonly write: Apply }
  | { readonly do: "remove"; readonly write: Remove }
  | { readonly do: "removeAll"; readonly write: RemoveCollection }
  | { readonly do: "tell"; readonly event: EventRecord }
  | { readonly do: "act"; readonly asked: Asked }
  | { readonly do: "requeue"; readonly afterMs: number }
  | { readonly do: "patchRoot"; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly do: "release" }
  | { readonly do: "status"; readonly status: Status };

export type Steps<Status = never> = readonly Step<Status>[];

/** Makes what is missing; never changes what is there. */
export const create = (
  kind: Kind,
  target: KubeObject,
  more: Told & Ordered & Pick<Apply, "slot" | "fresh" | "accepts"> = {},
): Step => ({ do: "apply", write: { kind, target, mode: "create", ...more } });

/** Makes what is missing, and changes what differs in the fields given. Untold, since either may be what fails. */
export const apply = (kind: Kind, target: KubeObject, more: Ordered = {}): Step => ({
  do: "apply",
  write: { kind, target, ...more },
});

/** Changes what is there and differs in the fields given; makes nothing. */
export const patch = (
  kind: Kind,
  target: KubeObject,
  more: Told & Ordered & Pick<Apply, "subresource"> = {},
): Step => ({ do: "apply", write: { kind, target, mode: "patch", ...more } });

/** Deletes this very object, by its uid. */
export function remove(
  kind: Kind,
  { metadata: { namespace, name = "", uid } }: KubeObject,
  more: Told & Ordered & Pick<Remove, "propagationPolicy" | "gracePeriodSeconds"> = {},
): Step {
  const target: ObjectRef = { kind, name, ...(namespace && { namespace }), ...(uid && { uid }) };
  return { do: "remove", write: { target, ...more } };
}

/** Deletes what a selector matches, in one request. */
export const removeAll = (
  kind: Kind,
  where: Pick<RemoveCollection, "namespace" | "labelSelector">,
  told: Told = {},
): Step => ({ do: "removeAll", write: { kind, ...where, ...told } });

export const tell = (event: EventRecord): Step => ({ do: "tell", event });

/** Asks an action; its answer is in the world of a later reconcile. */
export const act = <Q extends Question, A>(action: ActionKind<Q, A>, question: Q): Step => ({
  do: "act",
  asked: {
    action: action.name,
    question,
    ...(action.repeat && { repeatAfterMs: action.repeat.everyMs }),
  },
});

/** Another reconcile after a time, unless something else is the reason for one before. */
export const requeue = (afterMs: number): Step => ({ do: "requeue", afterMs });

/** Another reconcile at once: the status written now decides what comes next. */
export const again: Step = { do: "requeue", afterMs: 0 };

/** A merge patch of the root's own metadata or spec, before all other writes. */
export const patchRoot = (fields: Readonly<Record<string, unknown>>): Step => ({ do: "patchRoot", fields });

/** The whole status. */
export const setStatus = <Status>(status: Status): Step<Status> => ({ do: "status", status });

/** Lets a root go that is being deleted. */
export const release: Step = { do: "release" };

/** Of several, the soonest; undefined for none. */
export const soonest = (...delays: readonly (number | undefined)[]): Steps => {
  const known = delays.filter((ms) => ms !== undefined);
  return known.length > 0 ? [requeue(Math.min(...known))] : [];
};

type Of<Status, Do extends Step["do"]> = Extract<Step<Status>, { readonly do: Do }>;

/** Throws for two statuses or two patches of the root: which is meant nobody can tell. */
export function joinSteps<Status>(steps: Steps<Status>): Plan<Status> {
  const of = <Do extends Step["do"]>(name: Do) =>
    steps.filter((step): step is Of<Status, Do> => step.do === name) as readonly Of<Status, Do>[];
  const only = <Do extends "status" | "patchRoot">(name: Do): Of<Status, Do> | undefined => {
    const found = of(name);
    if (found.length > 1) throw new Error(`a plan has ${found.length} steps "${name}"`);
    return found[0];
  };
  const removeCollections = of("removeAll").map(({ write }) => write);
  const actions = of("act").map(({ asked }) => asked);
  const delays = of("requeue").map(({ afterMs }) => afterMs);
  const status = only("status");
  const patched = only("patchRoot");
  return {
    apply: of("apply").map(({ write }) => write),
    remove: of("remove").map(({ write }) => write),
    ...(removeCollections.length > 0 && { removeCollections }),
    ...(status && { status: status.status }),
    ...(patched && { patchRoot: patched.fields }),
    events: of("tell").map(({ event }) => event),
    ...(actions.length > 0 && { actions }),
    ...(delays.length > 0 && { requeueAfterMs: Math.min(...delays) }),
    ...(of("release").length > 0 && { releaseFinalizer: true }),
  };
}
