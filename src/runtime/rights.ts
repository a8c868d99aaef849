/**
 * What a controller may do to the Kubernetes API, from its spec: as rules for a Role or ClusterRole, and as a check of every
 * plan, so that no write is made that the rules do not allow. Pure.
 */
import type { Kind } from "../meta/object.ts";
import { Event } from "../api/core/kinds.ts";
import type { Plan } from "./plan.ts";
import type { AnyControllerSpec, PolicyRule, Writes, WriteVerb } from "./spec.ts";
import { TerminalError } from "./terminal-error.ts";

const resourceOf = ({ group, resource }: Kind): string => `${group}/${resource}`;

/** Every kind that the spec writes, with the verbs. A kind may be named several times. */
function writesOf({ root, rootWrites = [], owns, watches = [], writes = [] }: AnyControllerSpec): readonly Writes[] {
  return [
    { kind: root, writes: rootWrites },
    ...owns,
    ...watches.map(({ kind, writes: verbs = [] }) => ({ kind, writes: verbs })),
    ...writes,
  ];
}

const isAllowed = (spec: AnyControllerSpec, kind: Kind, verb: WriteVerb): boolean =>
  writesOf(spec).some((one) => resourceOf(one.kind) === resourceOf(kind) && one.writes.includes(verb));

/** The writes of a plan as the API server will see them. */
function requests(spec: AnyControllerSpec, plan: Plan<unknown>): readonly (readonly [Kind, WriteVerb])[] {
  const { apply, remove, removeCollections = [], patchRoot } = plan;
  return [
    ...(patchRoot ? [[spec.root, "patch"] as const] : []),
    ...apply.flatMap(({ kind, mode, subresource, target }): (readonly [Kind, WriteVerb])[] => {
      if (subresource) return [[kind, "patch-status"]];
      if (mode === "patch" || target.metadata.uid !== undefined) return [[kind, "patch"]];
      return mode === "create"
        ? [[kind, "create"]]
        : [
            [kind, "create"],
            [kind, "patch"],
          ];
    }),
    ...remove.map(({ target }) => [target.kind, "delete"] as const),
    ...removeCollections.map(({ kind }) => [kind, "deletecollection"] as const),
  ];
}

/** Throws TerminalError for a write that the controller does not declare: on a cluster it would be refused. */
export function checkRights(spec: AnyControllerSpec, plan: Plan<unknown>): void {
  for (const [kind, verb] of requests(spec, plan)) {
    if (isAllowed(spec, kind, verb)) continue;
    throw new TerminalError(`controller ${spec.name} plans to ${verb} a ${kind.kind}, which it does not declare`);
  }
}

const reading = ["get", "list", "watch"] as const;

function grantsOf(spec: AnyControllerSpec): readonly (readonly [string, string, readonly string[]])[] {
  const { root, finalizer, owns, watches = [], writes = [], delegates = [] } = spec;
  const read = [root, ...owns.map(({ kind }) => kind), ...watches.map(({ kind }) => kind)];
  return [
    ...read.map((kind) => [kind.group, kind.resource, reading] as const),
    ...writes.map(({ kind }) => [kind.group, kind.resource, ["get"]] as const),
    ...writesOf(spec).map(
      ({ kind, writes: verbs }) =>
        [kind.group, kind.resource, verbs.filter((verb) => verb !== "patch-status")] as const,
    ),
    ...writesOf(spec)
      .filter(({ writes: verbs }) => verbs.includes("patch-status"))
      .map(({ kind }) => [kind.group, `${kind.resource}/status`, ["patch"]] as const),
    [root.group, `${root.resource}/status`, ["patch"]],
    // An owner reference that blocks the owner's deletion needs it, where the cluster checks that.
    [root.group, `${root.resource}/finalizers`, ["update"]],
    ...(finalizer ? [[root.group, root.resource, ["patch"]] as const] : []),
    [Event.group, Event.resource, ["create", "patch"]],
    ...delegates.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.map((resource) => [group, resource, verbs] as const)),
    ),
  ];
}

const verbOrder = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/** The fewest rules that let these controllers work, sorted. */
export function rulesFor(specs: readonly AnyControllerSpec[]): readonly PolicyRule[] {
  const verbs = new Map<string, Set<string>>();
  for (const [group, resource, granted] of specs.flatMap(grantsOf)) {
    const key = `${group}/${resource}`;
    const known = verbs.get(key) ?? new Set();
    for (const verb of granted) known.add(verb);
    if (known.size > 0) verbs.set(key, known);
  }
  return [...verbs]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, granted]) => {
      const slash = key.indexOf("/");
      return {
        apiGroups: [key.slice(0, slash)],
        resources: [key.slice(slash + 1)],
        verbs: verbOrder.filter((verb) => granted.has(verb)),
      };
    });
}
