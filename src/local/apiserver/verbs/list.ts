/** GET on a collection: selectors, pages, and the events of a watch. */
import type { UnknownObject } from "../../../api/meta/object.ts";
import { apiVersionOf } from "../../../api/meta/object.ts";
import { type FieldSelector, matchesFields, matchesLabels, parseFieldSelector, parseSelector, type Selector, SelectorError } from "../../../machinery/selector.ts";
import type { WatchEvent } from "../../../kube/transport.ts";
import { type Api, inVersion, type Query, type Target } from "../api.ts";
import { badRequest, expired } from "../errors.ts";
import { valueAtPath } from "../resource.ts";
import { type Change, ExpiredError } from "../../store/store.ts";

interface Filter {
  readonly namespace?: string;
  readonly labels: Selector;
  readonly fields: FieldSelector;
}

function parseFilter({ resource, namespace, name }: Target, query: Query): Filter {
  try {
    const fields = [...parseFieldSelector(query("fieldSelector") ?? "")];
    if (name !== undefined) fields.push({ path: "metadata.name", value: name, equal: true });
    return { namespace: resource.kind.namespaced ? namespace : undefined, labels: parseSelector(query("labelSelector") ?? ""), fields };
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

function fieldOf(object: UnknownObject, path: string): string | undefined {
  const value = valueAtPath(object, `.${path}`);
  return value === undefined || value === null ? undefined : String(value);
}

function matches({ namespace, labels, fields }: Filter, object: UnknownObject): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  if (labels.requirements.length > 0 && !matchesLabels(labels, object.metadata.labels)) return false;
  return fields.length === 0 || matchesFields(fields, (path) => fieldOf(object, path));
}

/** Every object that the request's namespace and selectors cover, in key order. */
export function selected(api: Api, target: Target, query: Query): readonly UnknownObject[] {
  const filter = parseFilter(target, query);
  const all = api.store.list(target.resource.storage);
  const everything = filter.namespace === undefined && filter.labels.requirements.length === 0 && filter.fields.length === 0;
  const found = everything ? all : all.filter((object) => matches(filter, object));
  const sameVersion = found[0] === undefined || found[0].apiVersion === apiVersionOf(target.resource.kind);
  return sameVersion && !target.resource.custom ? found : found.map((object) => inVersion(target.resource, object));
}

/** Continue token: the key after which the next page starts, at the version of the first page. */
const encodeToken = (version: string, after: string) => btoa(JSON.stringify({ version, after }));

function decodeToken(token: string): { readonly version: string; readonly after: string } {
  try {
    return JSON.parse(atob(token)) as { version: string; after: string };
  } catch {
    throw badRequest("continue key is not valid");
  }
}

const sortKey = ({ metadata }: UnknownObject) => (metadata.namespace ? `${metadata.namespace}/${metadata.name}` : (metadata.name ?? ""));

export function list(api: Api, target: Target, query: Query): unknown {
  const { resource } = target;
  let items = selected(api, target, query);
  let resourceVersion = String(api.store.version);
  const token = query("continue");
  if (token) {
    const { version, after } = decodeToken(token);
    resourceVersion = version;
    items = items.filter((item) => sortKey(item) > after);
  }
  const limit = Number(query("limit") ?? 0);
  const page = limit > 0 && items.length > limit ? items.slice(0, limit) : items;
  const last = page.at(-1);
  const more = page.length < items.length && last ? { continue: encodeToken(resourceVersion, sortKey(last)), remainingItemCount: items.length - page.length } : {};
  return { apiVersion: apiVersionOf(resource.kind), kind: `${resource.kind.kind}List`, metadata: { resourceVersion, ...more }, items: page };
}

/** A change as one watcher sees it: moving in or out of its selectors is an ADDED or a DELETED. */
function eventFor(filter: Filter, { type, object, before }: Change): WatchEvent["type"] | undefined {
  const is = type !== "DELETED" && matches(filter, object);
  const was = before !== undefined && matches(filter, before);
  if (is) return was ? "MODIFIED" : "ADDED";
  return was ? "DELETED" : undefined;
}

export interface WatchSink {
  event(event: WatchEvent): void;
  end(): void;
}

const bookmarkEveryMs = 60_000;

/** Starts a watch; the sink gets what was missed at once. Returns its end. */
export function watch(api: Api, target: Target, query: Query, sink: WatchSink): () => void {
  const filter = parseFilter(target, query);
  const { resource } = target;
  const from = query("resourceVersion") ?? "";
  const emit = (type: WatchEvent["type"], object: UnknownObject) => sink.event({ type, object: inVersion(resource, object) });
  let version = Number(from || 0);
  if (Number.isNaN(version)) throw badRequest(`invalid resource version ${JSON.stringify(from)}`);
  if (version === 0) {
    version = api.store.version;
    for (const object of selected(api, target, query)) emit("ADDED", object);
  }
  let stopWatching: () => void;
  try {
    stopWatching = api.store.watch(resource.storage, version, (change) => {
      const type = eventFor(filter, change);
      if (type) emit(type, change.object);
    });
  } catch (error) {
    if (error instanceof ExpiredError) throw expired(error.message);
    throw error;
  }
  const cancels = [stopWatching, ...timers(api, resource, query, sink)];
  return () => {
    for (const cancel of cancels) cancel();
  };
}

/** Bookmarks every minute, and the end after `timeoutSeconds`. */
function timers(api: Api, resource: Target["resource"], query: Query, sink: WatchSink): (() => void)[] {
  const cancels: (() => void)[] = [];
  if (query("allowWatchBookmarks") === "true") {
    const { kind } = resource;
    const bookmark = () => {
      const metadata = { resourceVersion: String(api.store.version), creationTimestamp: null };
      sink.event({ type: "BOOKMARK", object: { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata } });
      cancels[0] = api.clock.after(bookmarkEveryMs, bookmark);
    };
    cancels.push(api.clock.after(bookmarkEveryMs, bookmark));
  }
  const timeout = Number(query("timeoutSeconds") ?? 0);
  if (timeout > 0) cancels.push(api.clock.after(timeout * 1000, () => sink.end()));
  return [() => cancels.forEach((cancel) => cancel())];
}
