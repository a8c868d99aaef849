/** What becomes of a run that is due while the RayJobs of earlier ones have not ended: the concurrencyPolicy. Pure. */
import { RayJob as RayJobKind } from "../../api/ray/kinds.ts";
import type { ConcurrencyPolicy, RayJob } from "../../api/ray/types.ts";
import { remove, type Steps } from "../../runtime/steps.ts";
import { rayJob } from "./events.ts";
import { isDeleting } from "./history.ts";

interface Verdict {
  readonly steps: Steps;
  /** Until these have ended, nothing is started. */
  readonly waitsFor: readonly RayJob[];
}

export const policies: Readonly<Record<ConcurrencyPolicy, (active: readonly RayJob[]) => Verdict>> = {
  Allow: () => ({ steps: [], waitsFor: [] }),
  Forbid: (active) => ({ steps: [], waitsFor: active }),
  Replace: (active) => ({
    steps: active.filter((job) => !isDeleting(job)).map((job) => remove(RayJobKind, job, { as: rayJob })),
    waitsFor: [],
  }),
};
