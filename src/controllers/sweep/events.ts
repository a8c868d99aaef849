/** The one event that a sweep publishes: its end. Its experiments tell the rest. Pure. */
import type { EventRecord } from "../../runtime/event-record.ts";
import type { End } from "./status.ts";

export const ended = ({ state, message }: End): EventRecord => ({
  type: state === "Failed" ? "Warning" : "Normal",
  reason: `Sweep${state}`,
  action: "Finish",
  message,
});
