/** The eviction subresource of pods. */
import { durable, mustGet } from "../core.ts";
import { isDryRun, objectBody } from "../request/call.ts";
import { deleteRequestOf, deleteStored } from "../verbs/delete.ts";
import type { Handler } from "../verbs/handle.ts";
import { success } from "../wire/response.ts";

/** There are no disruption budgets here: an eviction is a delete. */
export const evict: Handler = async (core, call) => {
  const body = objectBody(call.request);
  const options = deleteRequestOf({ ...call, request: { ...call.request, body: body["deleteOptions"] } });
  const stored = mustGet(core, call);
  deleteStored(core, call.type, {
    stored,
    options: { ...options, dryRun: isDryRun(call.request, body) || options.dryRun },
  });
  await durable(core);
  return success(201);
};
