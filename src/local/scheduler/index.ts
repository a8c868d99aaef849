/** The scheduler of the embedded cluster: its pure decision, and what carries it out. */
export { planRound, type Placement, type Round, schedulePod, schedulerName } from "./schedule.ts";
export { createScheduler, type Scheduler, type SchedulerOptions } from "./scheduler.ts";
