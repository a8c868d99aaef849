/** The wording of a RayCronJob's events: KubeRay's reasons where it has them, else CronJob's. */
import { expect, it } from "vitest";
import { failureOf, successOf, type Verb } from "../../runtime/noun.ts";
import { halted, rayJob } from "./events.ts";
import { makeCron } from "./model.test-support.ts";
import type { Halt } from "./status.ts";

it.each<[Verb, string, string]>([
  [
    "Create",
    "CreatedRayJob Create: Created RayJob default/a",
    "FailedToCreateRayJob Create: Failed to create RayJob default/a",
  ],
  [
    "Delete",
    "DeletedRayJob Delete: Deleted RayJob default/a",
    "FailedToDeleteRayJob Delete: Failed to delete RayJob default/a",
  ],
])("%s of a RayJob", (verb, success, failure) => {
  const written = { namespace: "default", name: "a" };
  const told = [successOf(rayJob, verb, written), failureOf(rayJob, verb, written)];
  expect(told.map((event) => event && `${event.reason} ${event.action}: ${event.message}`)).toEqual([success, failure]);
});

it.each<[Halt["reason"], string | undefined]>([
  ["ValidationFailed", "Warning InvalidRayCronJobSpec Validate: default/nightly: m"],
  ["Suspended", "Normal SuspendedRayCronJob Suspend: default/nightly: m"],
  ["JobAlreadyActive", "Normal JobAlreadyActive Create: default/nightly: m"],
  ["MissSchedule", "Warning MissSchedule Create: default/nightly: m"],
  ["FailedToCreateRayJob", undefined],
])("%s", (reason, wanted) => {
  const event = halted(makeCron(), { reason, message: "m" });
  expect(event && `${event.type} ${event.reason} ${event.action}: ${event.message}`).toBe(wanted);
});
