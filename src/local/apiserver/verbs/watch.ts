/** GET with `watch`: what happened after a resourceVersion, through selectors, with bookmarks, until somebody ends it. */
import { apiVersionOf, type UnknownObject } from "../../../meta/object.ts";
import type { WatchEvent } from "../../../kube/transport.ts";
import { type Change, ExpiredError } from "../../store/index.ts";
import type { WatchAnswer, WatchSink } from "../wire/response.ts";
import type { Core } from "../core.ts";
import { badRequest, expired } from "../errors.ts";
import { scopeAt, parseVersion } from "./list.ts";
import { type ResourceType, viewOf } from "../kinds/registry.ts";
import { type Call, flag, integer, param } from "../request/call.ts";
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

function planWatch(core: Core, call: Call): WatchPlan {
  const { request } = call;
  const asked = parseVersion(param(request, "resourceVersion"));
  const sendInitial = param(request, "sendInitialEvents");
  const match = param(request, "resourceVersionMatch");
  if (sendInitial !== undefined && match !== "NotOlderThan") {
    throw badRequest(
      "sendInitialEvents: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    );
  }
  const initial = sendInitial === undefined ? !asked : flag(request, "sendInitialEvents");
  const from = initial ? core.store.version : (asked ?? core.store.version);
  const seconds = integer(request, "timeoutSeconds") || Math.round(defaultTimeoutSeconds * (1 + core.random()));
  const bookmarks = flag(request, "allowWatchBookmarks");
  return {
    from,
    initial: initial ? scopeAt(core, call, from) : [],
    bookmarks,
    endMark: initial && sendInitial !== undefined && bookmarks,
    timeoutMs: seconds * 1000,
  };
}

/** Throws 400 for a selector it cannot read; a version that is too old is an ERROR event, as the API has it. */
export function watch(core: Core, call: Call): WatchAnswer {
  const matches = predicateOf(call);
  parseVersion(param(call.request, "resourceVersion"));
  return { type: "watch", open: (sink) => openWatch(core, call, { matches, sink }) };
}

/** A receiver that fails loses its own watch: the store goes on to tell the others. */
function delivered(sink: WatchSink, event: WatchEvent): boolean {
  try {
    return sink.event(event);
  } catch {
    return false;
  }
}

function openWatch(
  core: Core,
  call: Call,
  { matches, sink }: { readonly matches: Predicate; readonly sink: WatchSink },
): () => void {
  const { type, namespace } = call;
  const { store, clock } = core;
  const plan = planWatch(core, call);
  const cancels: (() => void)[] = [];
  let stopped = false;
  const stop = () => {
    stopped = true;
    for (const cancel of cancels) cancel();
  };
  const send = (event: WatchEvent) => {
    if (stopped || delivered(sink, event)) return;
    stop();
    sink.end();
  };
  for (const stored of plan.initial) {
    const object = viewOf(type, stored);
    if (matches(object)) send({ type: "ADDED", object });
  }
  if (plan.endMark) send(bookmark(type, plan.from, { "k8s.io/initial-events-end": "true" }));
  const prefix = namespace ? `${namespace}/` : "";
  const onChange = (change: Change) => {
    if (!change.key.startsWith(prefix)) return;
    const event = eventFor(type, matches, change);
    if (event) send(event);
  };
  try {
    cancels.push(store.watch(type.storage, plan.from, onChange));
  } catch (error) {
    if (!(error instanceof ExpiredError)) throw error;
    send({ type: "ERROR", object: expired(error.message).status });
    sink.end();
    return stop;
  }
  const mark = () => {
    send(bookmark(type, store.version));
    if (!stopped) cancels.push(clock.after(bookmarkMs, mark));
  };
  if (plan.bookmarks) cancels.push(clock.after(bookmarkMs, mark));
  cancels.push(
    clock.after(plan.timeoutMs, () => {
      if (plan.bookmarks) send(bookmark(type, store.version));
      stop();
      sink.end();
    }),
  );
  return stop;
}
