/** What the controllers of Ray's kinds refuse. Each rule answers in words what is wrong, or undefined. */
export {
  validateRayClusterMetadata,
  validateRayClusterSpec,
  validateRayClusterStatus,
  validateUpgradeStrategy,
  warnOfRestarts,
} from "./cluster-validation.ts";
export { validateRayJobMetadata, validateRayJobSpec, validateRayJobStatus } from "./job-validation.ts";
export { validateRayCronJob } from "./cron-job-validation.ts";
