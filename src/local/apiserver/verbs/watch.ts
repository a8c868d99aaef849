/** GET with `watch`: what happened after a resourceVersion, through selectors, with bookmarks, until somebody ends it. */
import { apiVersionOf, type UnknownObject } from "../../../meta/object.ts";
import type { WatchEvent } from "../../../kube/transport.ts";
import { type Change, ExpiredError } from "../../store/index.ts";
import type { WatchResponse, WatchSink } from "../wire/response.ts";
import type { Core } from "../core.ts";
import { expired } from "../errors.ts";
import { scopeAt } from "./list.ts";
import { type ResourceType, viewOf } from "../kinds/registry.ts";
import type { Call } from "../request/call.ts";
import { type WatchOptions, watchOptions } from "../request/list-options.ts";
import { everything, type Predicate, predicateOf } from "../request/selectors.ts";

const bookmarkMs = 60_000;
const defaultTimeoutSeconds = 1800;

/** The change as somebody sees it who only sees what matches. */
function eventFor(type: ResourceType, matches: Predicate, change: Change): WatchEvent | undefined {
  const object = viewOf(type, change.object);
  if (matches === everything) return { type: change.type, object };
  const before = change.before && viewOf(type, change.before);
  const matched = before !== undefined && matches(before);
  if (change.type === "DELETED") return matched ? { type: "DELETED", object } : undefined;
  const isMatching = matches(object);
  if (isMatching) return { type: matched ? "MODIFIED" : "ADDED", object };
  if (!matched || !before) return undefined;
  const { resourceVersion } = object.metadata;
  return { type: "DELETED", object: { ...before, metadata: { ...before.metadata, resourceVersion } } };
}

function bookmark(type: ResourceType, version: number, annotations?: Record<string, string>): WatchEvent {
  const metadata = { resourceVersion: String(version), creationTimestamp: null, ...(annotations && { annotations }) };
  return { type: "BOOKMARK", object: { kind: type.kind.kind, apiVersion: apiVersionOf(type.kind), metadata } };
}

interface WatchPlan {
  readonly from: number;
  /** Objects to send as ADDED before anything else. */
  readonly initial: readonly UnknownObject[];
  readonly bookmarks: boolean;
  readonly endMark: boolean;
  readonly timeoutMs: number;
}

function planWatch(core: Core, call: Call, options: WatchOptions): WatchPlan {
  const { resourceVersion: asked, sendInitialEvents, bookmarks } = options;
  const isInitial = sendInitialEvents ?? !asked;
  const from = isInitial ? core.store.version : (asked ?? core.store.version);
  const seconds = options.timeoutSeconds ?? Math.round(defaultTimeoutSeconds * (1 + core.random()));
  return {
    from,
    initial: isInitial ? scopeAt(core, call, from) : [],
    bookmarks,
    endMark: isInitial && sendInitialEvents !== undefined && bookmarks,
    timeoutMs: seconds * 1000,
  };
}

/** Throws 400 or 422 for a query it cannot read, before anything is sent; a version that is too old is an ERROR event, as the API has it. */
export function watch(core: Core, call: Call): WatchResponse {
  const matches = predicateOf(call);
  const options = watchOptions(call.request);
  return {
    type: "watch",
    open: (sink) => openWatch(core, call, { matches, plan: planWatch(core, call, options), sink }),
  };
}

/** A receiver that fails loses its own watch: the store goes on to tell the others. */
function delivered(sink: WatchSink, event: WatchEvent): boolean {
  try {
    return sink.event(event);
  } catch {
    return false;
  }
}

/** What one watch sends, until it is stopped. */
function openFeed(sink: WatchSink) {
  const cancels: (() => void)[] = [];
  let stopped = false;
  const stop = () => {
    stopped = true;
    for (const cancel of cancels) cancel();
  };
  const end = () => {
    stop();
    sink.end();
  };
  const send = (event: WatchEvent) => {
    if (!stopped && !delivered(sink, event)) end();
  };
  /** Called when it is stopped; at once when it is. */
  const onStop = (cancel: () => void) => void (stopped ? cancel() : cancels.push(cancel));
  return { stop, end, send, onStop };
}

type Feed = ReturnType<typeof openFeed>;

/** Changes of the store from now on. False for a version that is too old: then the watch is over. */
function followStore({ store }: Core, { type, namespace }: Call, feed: Feed, { from, matches }: Following): boolean {
  const prefix = namespace ? `${namespace}/` : "";
  const onChange = (change: Change) => {
    // A version that lies ahead: nothing up to it was asked for.
    if (change.version <= from || !change.key.startsWith(prefix)) return;
    const event = eventFor(type, matches, change);
    if (event) feed.send(event);
  };
  try {
    feed.onStop(store.watch(type.storage, from, onChange));
    return true;
  } catch (error) {
    if (!(error instanceof ExpiredError)) throw error;
    feed.send({ type: "ERROR", object: expired(error.message).status });
    feed.end();
    return false;
  }
}

interface Following {
  readonly from: number;
  readonly matches: Predicate;
}

function openWatch(
  core: Core,
  call: Call,
  { matches, plan, sink }: { readonly matches: Predicate; readonly plan: WatchPlan; readonly sink: WatchSink },
): () => void {
  const { type } = call;
  const { store, clock } = core;
  const feed = openFeed(sink);
  for (const stored of plan.initial) {
    const object = viewOf(type, stored);
    if (matches(object)) feed.send({ type: "ADDED", object });
  }
  if (plan.endMark) feed.send(bookmark(type, plan.from, { "k8s.io/initial-events-end": "true" }));
  if (!followStore(core, call, feed, { from: plan.from, matches })) return feed.stop;
  const mark = () => {
    feed.send(bookmark(type, store.version));
    feed.onStop(clock.after(bookmarkMs, mark));
  };
  if (plan.bookmarks) feed.onStop(clock.after(bookmarkMs, mark));
  const expire = () => {
    if (plan.bookmarks) feed.send(bookmark(type, store.version));
    feed.end();
  };
  feed.onStop(clock.after(plan.timeoutMs, expire));
  return feed.stop;
}
