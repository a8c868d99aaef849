/** What a RayCronJob must not say: the rules of its own, and those of the RayJobs that it would create. Pure. */
import type { RayCronJob } from "../../api/ray/types.ts";
import { validateRayCronJob } from "../../api/ray/validation.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { invalid as invalidJob } from "../rayjob/validation.ts";
import { desiredRayJob } from "./ray-job.ts";
import type { Halt } from "./status.ts";

/** The first broken rule. */
export function invalid(root: RayCronJob, now: Date, options: RayOperatorOptions): Halt | undefined {
  const own = validateRayCronJob(root);
  const ofTemplate = own === undefined ? invalidJob(desiredRayJob(root, now.getTime()), options) : undefined;
  const message = own ?? (ofTemplate && `jobTemplate: ${ofTemplate.text}`);
  return message === undefined ? undefined : { reason: "ValidationFailed", message };
}
