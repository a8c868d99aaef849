/** The kinds that the runtime itself writes: events, and the lease that leaders hold. */
import type { Kind } from "../meta/object.ts";

const define = (group: string, kind: string, resource: string): Kind =>
  Object.freeze({ group, version: "v1", kind, resource, namespaced: true });

export const Event = define("events.k8s.io", "Event", "events");
export const Lease = define("coordination.k8s.io", "Lease", "leases");

/** RFC 3339 with microseconds (`metav1.MicroTime`). */
export const microTime = (date: Date): string => date.toISOString().replace("Z", "000Z");
