/** The one event that a sweep publishes: its end. Its experiments tell the rest. Pure. */
import { type EventKind, eventOf } from "../../runtime/event-kind.ts";
import type { EventRecord } from "../../runtime/event-record.ts";
import type { End } from "./status.ts";

const end = (state: End["state"]): EventKind => ({
  type: state === "Failed" ? "Warning" : "Normal",
  reason: `Sweep${state}`,
  action: "Finish",
  tells: "How many trials succeeded, failed and were cancelled, or why the sweep ended early",
});

const ends: Readonly<Record<End["state"], EventKind>> = {
  Succeeded: end("Succeeded"),
  Failed: end("Failed"),
  Cancelled: end("Cancelled"),
};

export const events: readonly EventKind[] = Object.values(ends);

export const ended = ({ state, message }: End): EventRecord => eventOf(ends[state], message);
