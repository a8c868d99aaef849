/** The Sweep controller: a list of trials becomes experiments, a few at a time. */
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import { Sweep as SweepKind } from "../../api/sweep/kinds.ts";
import type { Sweep, SweepStatus } from "../../api/sweep/types.ts";
import type { ControllerSpec } from "../../runtime/spec.ts";
import { events } from "./events.ts";
import { observe, type World } from "./observe.ts";
import { planSweep } from "./plan.ts";

export const createSweepController = (): ControllerSpec<Sweep, World, SweepStatus> => ({
  name: "sweep",
  does: "Makes an experiment of each trial of a list, as many at a time as `parallelism` says; the first builds the image for all.",
  root: SweepKind,
  owns: [{ kind: ExperimentKind, writes: ["create", "patch"], why: "one for each trial" }],
  observe,
  plan: planSweep,
  events,
});
