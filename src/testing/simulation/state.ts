/** What is in a namespace, so that two runs can be compared: without times, uids, versions, and what was drawn in names. */
import type { KubeObject, UnknownObject } from "../../meta/object.ts";
import type { Store } from "../../local/store/index.ts";

const ignored = /^(events|leases)(\.|$)/;
const uid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
/** Five characters of the API server's alphabet for names, at the end of a word. */
const suffix = /-[bcdfghjklmnpqrstvwxz2456789]{5}(?![a-z0-9])/g;

/** The minute in which a run of a schedule is due, in a name. */
const minute = /-\d{8}(?![a-z0-9])/g;

export const withoutChance = (text: string): string =>
  text.replaceAll(uid, "UID").replaceAll(time, "TIME").replaceAll(minute, "-MINUTE").replaceAll(suffix, "-*");

/** The order of fields tells only when each was first written. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    : value;

function comparable(object: KubeObject): string {
  const { resourceVersion: _, managedFields: __, ...metadata } = object.metadata;
  return withoutChance(JSON.stringify({ ...object, metadata }, sorted, 1));
}

/** Every object of the namespace, as text, sorted. */
export function stateOf(store: Store, namespace: string): readonly string[] {
  return objectsIn(store, namespace).map(comparable).toSorted();
}

export const objectsIn = (store: Store, namespace: string): readonly UnknownObject[] =>
  store.resources
    .filter((resource) => !ignored.test(resource))
    .flatMap((resource) => store.list(resource).filter(({ metadata }) => metadata.namespace === namespace));
