/** `metadata.managedFields`: who wrote which field. Kept by every write, needed by server-side apply. */
import type { UnknownObject } from "../../api/meta/object.ts";
import type { Core } from "./core.ts";
import type { Call } from "./request.ts";

export interface TrackedWrite {
  readonly next: UnknownObject;
  readonly old?: UnknownObject;
}

export function trackWrite(_core: Core, _call: Call, { next }: TrackedWrite): UnknownObject {
  return next;
}
