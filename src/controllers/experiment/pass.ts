/** What the states of an experiment share: plans that wait, plans that end it, and what an action has answered. Pure. */
import type { ExperimentStatus } from "../../api/experiment/types.ts";
import type { Kind, KubeObject } from "../../api/meta/object.ts";
import { JobSet } from "../../api/jobset/kinds.ts";
import { RayJob } from "../../api/ray/kinds.ts";
import type { Observation, Plan } from "../../runtime/plan.ts";
import { ended } from "./events.ts";
import { finish } from "./steps.ts";

export type ExperimentPlan = Plan<ExperimentStatus>;
export type End = Parameters<typeof finish>[1];

export const idle = (status: ExperimentStatus, more: Partial<ExperimentPlan> = {}): ExperimentPlan => ({
  apply: [],
  remove: [],
  events: [],
  status,
  ...more,
});

export function end(status: ExperimentStatus, how: End, now: Date, more: Partial<ExperimentPlan> = {}): ExperimentPlan {
  return idle(finish(status, how, now), { events: [ended(how.state, how.reason, how.message)], ...more });
}

/** The observation's outcome, if it is about this very input. */
export function settled(
  observation: Observation | undefined,
  input: Readonly<Record<string, unknown>>,
): Observation["outcome"] | undefined {
  return observation && JSON.stringify(observation.input) === JSON.stringify(input) ? observation.outcome : undefined;
}

export const kindOf = (object: KubeObject): Kind => (object.kind === "RayJob" ? RayJob : JobSet);
