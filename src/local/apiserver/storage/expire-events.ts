/** Events are forgotten an hour after they last happened. Looked for when new ones come: an idle cluster needs no timer. */
import { keyOf, type UnknownObject } from "../../../meta/object.ts";
import type { Core } from "../core.ts";

const lifetimeMs = 3_600_000;
const betweenSweepsMs = 300_000;

function lastSeen(event: UnknownObject): number {
  const series = event["series"] as { readonly lastObservedTime?: string } | undefined;
  const times = [
    series?.lastObservedTime,
    event["lastTimestamp"],
    event["eventTime"],
    event.metadata.creationTimestamp,
  ];
  return Math.max(...times.map((time) => Date.parse(String(time))).filter((time) => !Number.isNaN(time)));
}

/** Returns how to stop. */
export function expireEvents({ store, clock }: Core): () => void {
  let swept = clock.now().getTime();
  const sweep = (now: number) => {
    for (const event of store.list("events"))
      if (now - lastSeen(event) > lifetimeMs) store.remove("events", keyOf(event));
  };
  return store.watch("events", store.version, ({ type }) => {
    const now = clock.now().getTime();
    if (type !== "ADDED" || now - swept < betweenSweepsMs) return;
    swept = now;
    // Watchers are told of one change at a time: not in the middle of this one.
    queueMicrotask(() => sweep(now));
  });
}
