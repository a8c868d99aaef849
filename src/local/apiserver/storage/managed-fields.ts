/** Who writes, for `metadata.managedFields`: kept for every writer that names itself, needed by server-side apply. */
import { formatTime } from "../../../meta/condition.ts";
import type { UnknownObject } from "../../../meta/object.ts";
import type { ApiRequest } from "../../../kube/transport.ts";
import type { Core } from "../core.ts";
import { trackUpdate, type Writer } from "../patching/server-side-apply.ts";
import { type Call, param } from "../request/call.ts";

/** `fieldManager`, else the program's name in User-Agent. */
function managerOf(request: ApiRequest): string | undefined {
  return param(request, "fieldManager") || request.headers?.["user-agent"]?.split("/")[0] || undefined;
}

export const writerOf = (core: Core, { type, subresource, request }: Call): Writer => ({
  manager: managerOf(request) ?? "unknown",
  kind: type.kind,
  time: formatTime(core.clock.now()),
  ...(subresource && { subresource }),
  ...(type.schema && { schema: type.schema }),
});

export interface TrackedWrite {
  readonly next: UnknownObject;
  readonly old?: UnknownObject;
}

/**
 * Notes the writer's fields. Writers without a name (clients in this process that give none) are not noted, as long as
 * nobody else is: it would cost time and memory that nobody asked for.
 */
export function trackWrite(core: Core, call: Call, { next, old }: TrackedWrite): UnknownObject {
  const isTracked = old?.metadata.managedFields !== undefined || managerOf(call.request) !== undefined;
  return isTracked ? trackUpdate(old, next, writerOf(core, call)) : next;
}
