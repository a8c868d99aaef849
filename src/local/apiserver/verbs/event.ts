/** Events are stored once and read as two kinds: core/v1 (`involvedObject`, `message`) and events.k8s.io/v1 (`regarding`, `note`). Pure. */
import type { UnknownObject } from "../../../api/meta/object.ts";
import type { Resource } from "../resource.ts";

export const isEvent = (resource: Resource): boolean => resource.storage === "/events";

/** Both vocabularies on one object, so that either client finds its own. */
export function eventOut(event: UnknownObject): UnknownObject {
  const e = event as UnknownObject & Readonly<Record<string, unknown>>;
  const regarding = e["regarding"] ?? e["involvedObject"];
  const note = e["note"] ?? e["message"];
  const component = e["reportingController"] ?? e["reportingComponent"] ?? (e["source"] as { component?: string } | undefined)?.component ?? "";
  return {
    ...event,
    regarding,
    involvedObject: regarding,
    note,
    message: note,
    reportingController: component,
    reportingComponent: component,
  };
}
