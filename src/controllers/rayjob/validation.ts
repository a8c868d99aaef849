/** A RayJob that breaks a rule: told in its status and by an event, and taken up again once it is mended. Pure. */
import type { RayJob } from "../../api/ray/types.ts";
import { validateRayJobMetadata, validateRayJobSpec, validateRayJobStatus } from "../../api/ray/validation.ts";
import { setStatus, tell } from "../../runtime/steps.ts";
import type { RayOperatorOptions } from "../raycluster/options.ts";
import { brokenRule, type InvalidReason } from "./events.ts";
import { parseEntrypointResources, parseRuntimeEnv } from "./submit-command.ts";
import type { JobSteps } from "./transition.ts";

export interface Problem {
  readonly reason: InvalidReason;
  readonly text: string;
}

/** Whether a text of the spec can be read as what it is to be. */
function unreadable(field: string, parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return `${field}: ${(error as Error).message}`;
  }
}

/** The first broken rule. */
export function invalid(job: RayJob, { gates }: RayOperatorOptions): Problem | undefined {
  const { runtimeEnvYAML, entrypointResources } = job.spec;
  const metadata = validateRayJobMetadata(job);
  if (metadata) return { reason: "InvalidRayJobMetadata", text: metadata };
  const spec =
    validateRayJobSpec(job, gates) ??
    unreadable("runtimeEnvYAML", () => parseRuntimeEnv(runtimeEnvYAML)) ??
    unreadable("entrypointResources", () => parseEntrypointResources(entrypointResources));
  if (spec) return { reason: "InvalidRayJobSpec", text: spec };
  const status = validateRayJobStatus(job);
  return status === undefined ? undefined : { reason: "InvalidRayJobStatus", text: status };
}

export function planInvalid({ metadata, status }: RayJob, { reason, text }: Problem): JobSteps {
  const isKnown = status?.jobDeploymentStatus === "ValidationFailed" && status.message === text;
  const event = brokenRule(reason, `${metadata.namespace}/${metadata.name}`, text);
  return [
    ...(isKnown ? [] : [tell(event)]),
    setStatus({ ...status, jobDeploymentStatus: "ValidationFailed", reason: "ValidationFailed", message: text }),
  ];
}
