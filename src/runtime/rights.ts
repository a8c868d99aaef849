/**
 * What a controller may do to the Kubernetes API, from its spec: as rules for a Role or ClusterRole, and as a check of every
 * plan, so that no write is made that the rules do not allow. Pure.
 */
import type { Kind } from "../meta/object.ts";
import { Event, Lease } from "../api/core/kinds.ts";
import type { Plan } from "./plan.ts";
import type { PolicyRule } from "./policy-rule.ts";
import type { AnyControllerSpec, Writes, WriteVerb } from "./spec.ts";
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

interface Grant {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
}

const grant = ({ group, resource }: Kind, verbs: readonly string[], subresource?: string): Grant => ({
  group,
  resource: subresource ? `${resource}/${subresource}` : resource,
  verbs,
});

const grantsOfRule = ({ apiGroups, resources, verbs }: PolicyRule): readonly Grant[] =>
  apiGroups.flatMap((group) => resources.map((resource) => ({ group, resource, verbs })));

function grantsOf(spec: AnyControllerSpec): readonly Grant[] {
  const { root, finalizer, owns, watches = [], writes = [], delegates = [], actions = [] } = spec;
  const read = [root, ...owns.map(({ kind }) => kind), ...watches.map(({ kind }) => kind)];
  const written = writesOf(spec);
  const withoutStatus = (verbs: readonly WriteVerb[]) => verbs.filter((verb) => verb !== "patch-status");
  const statuses = written.filter(({ writes: verbs }) => verbs.includes("patch-status"));
  return [
    ...read.map((kind) => grant(kind, reading)),
    ...writes.map(({ kind }) => grant(kind, ["get"])),
    ...written.map(({ kind, writes: verbs }) => grant(kind, withoutStatus(verbs))),
    ...[root, ...statuses.map(({ kind }) => kind)].map((kind) => grant(kind, ["patch"], "status")),
    // An owner reference that blocks the owner's deletion needs it, where the cluster checks that.
    grant(root, ["update"], "finalizers"),
    ...(finalizer ? [grant(root, ["patch"])] : []),
    grant(Event, ["create", "patch"]),
    ...[...delegates, ...actions.flatMap(({ action }) => action.rights ?? [])].flatMap(grantsOfRule),
  ];
}

const verbOrder = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

function joinGrants(grants: readonly Grant[]): readonly PolicyRule[] {
  const byResource = Map.groupBy(grants, ({ group, resource }) => `${group}/${resource}`);
  return [...byResource]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, [first, ...others]]) => {
      const { group, resource, verbs } = first as Grant;
      const granted = new Set([...verbs, ...others.flatMap((other) => other.verbs)]);
      return { apiGroups: [group], resources: [resource], verbs: verbOrder.filter((verb) => granted.has(verb)) };
    });
}

/** The fewest rules that let these controllers work, sorted. */
export const rulesFor = (specs: readonly AnyControllerSpec[]): readonly PolicyRule[] =>
  joinGrants(specs.flatMap(grantsOf));

/** Of those, what a ClusterRole must give even to an operator of a single namespace: kinds that are in none. */
export function clusterRulesFor(specs: readonly AnyControllerSpec[]): readonly PolicyRule[] {
  const kinds = specs.flatMap(({ root, owns, watches = [], writes = [] }) => [
    root,
    ...[...owns, ...watches, ...writes].map(({ kind }) => kind),
  ]);
  const outside = new Set(kinds.filter(({ namespaced }) => !namespaced).map(resourceOf));
  return rulesFor(specs).filter(({ apiGroups: [group], resources: [resource] }) => outside.has(`${group}/${resource}`));
}

/** What leader election needs in the namespace of its Lease. */
export const leaseRules: readonly PolicyRule[] = joinGrants([grant(Lease, ["get", "create", "update"])]);
