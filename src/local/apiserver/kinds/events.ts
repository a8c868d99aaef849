/** Events: core/v1 and events.k8s.io/v1 are two views of the same objects, which are stored as core/v1. */
import type { UnknownObject } from "../../../meta/object.ts";
import type { ResourceType, Strategy } from "./registry.ts";

/** Field of core/v1 → field of events.k8s.io/v1. The others have one name in both. */
const renamed: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];
const toEvents = new Map(renamed);
const toCore = new Map(renamed.map(([core, events]) => [events, core] as const));

function rename(object: UnknownObject, names: ReadonlyMap<string, string>, apiVersion: string): UnknownObject {
  const entries = Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value] as const);
  return { ...(Object.fromEntries(entries) as unknown as UnknownObject), apiVersion };
}

const views = new WeakMap<UnknownObject, UnknownObject>();

export const eventView: NonNullable<ResourceType["view"]> = {
  from(stored) {
    const known = views.get(stored);
    if (known) return known;
    const view = Object.freeze(rename(stored, toEvents, "events.k8s.io/v1"));
    views.set(stored, view);
    return view;
  },
  to: (object) => rename(object, toCore, "v1"),
};

export const eventStrategy: Strategy = {
  hasStatus: false,
  hasGeneration: false,
  allowCreateOnUpdate: true,
  // Names of events end in a hexadecimal time stamp after a dot, on top of a name that may be long.
  validateName: (name) => (name.length > 253 ? ["must be no more than 253 characters"] : []),
  default(object) {
    const now: Record<string, unknown> = {};
    if (object.apiVersion === "v1" && object["type"] === undefined) now["type"] = "Normal";
    return Object.keys(now).length > 0 ? { ...object, ...now } : object;
  },
};

type Read = (object: UnknownObject) => string | undefined;
const member =
  (parent: string, key: string): Read =>
  (object) =>
    (object[parent] as Record<string, string> | undefined)?.[key];
const text =
  (key: string): Read =>
  (object) =>
    object[key] as string | undefined;

const referenceFields = (parent: string): Record<string, Read> =>
  Object.fromEntries(
    ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map((key) => [
      `${parent}.${key}`,
      member(parent, key),
    ]),
  );

export const eventFields = {
  core: {
    ...referenceFields("involvedObject"),
    reason: text("reason"),
    type: text("type"),
    reportingComponent: text("reportingComponent"),
    source: (object: UnknownObject) => member("source", "component")(object) ?? text("reportingComponent")(object),
  },
  events: {
    ...referenceFields("regarding"),
    reason: text("reason"),
    type: text("type"),
    reportingController: text("reportingController"),
  },
} as const;
