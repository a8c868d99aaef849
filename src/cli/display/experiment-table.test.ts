import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { Experiment } from "../../api/experiment/types.ts";
import type { Io } from "../program/io.ts";
import { drawExperiments } from "./experiment-table.ts";

const io: Io = { stdout: new PassThrough(), stderr: new PassThrough(), isTTY: false, cwd: "/", env: {} };
const now = new Date("2026-01-01T00:05:00Z");

const made = (message: string, status?: Experiment["status"]): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: {
    name: "experiment-1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { team: "a", "windlass.dev/x": "y" },
  },
  spec: { manifest: "", message },
  ...(status && { status }),
});
const times = { startTime: "2026-01-01T00:00:01Z", endTime: "2026-01-01T00:01:01Z" };
const failed = {
  state: "Failed",
  step: "Finished",
  operator: "jax",
  reason: "Timeout",
  message: "took too long\nlog",
} as const;

test.each<[string, Experiment, string]>([
  ["one that has just begun", made("first try"), "Processing   Waiting              5m             first try"],
  ["a long message by its first line", made("\nfirst try\r\n\nwith details\n"), "5m             first try"],
  ["a message that would break the line", made("x".repeat(99)), `5m             ${"x".repeat(59)}…`],
  [
    "how long one has run that goes on",
    made("first try", { state: "Processing", step: "Running", startTime: "2026-01-01T00:03:00Z" }),
    "Processing   Running   2m         5m             first try",
  ],
  [
    "a failure by the user's message and its reason",
    made("first try", { ...failed, ...times }),
    "Failed   Finished   60s        5m    Timeout   first try",
  ],
  [
    "a success by its message",
    made("first try", { state: "Succeeded", step: "Finished", operator: "jax", reason: "Completed", ...times }),
    "Succeeded   Finished   60s        5m             first try",
  ],
])("the table tells %s, in a line", (_, experiment, wanted) => {
  const [, row, ...others] = drawExperiments(io, [experiment], now).split("\n");
  expect(row).toContain(wanted);
  expect(others).toEqual([]);
});

test("the wide table has all of the message, the outcome, and the user's labels", () => {
  const image = "windlass.local/x:1";
  const row = drawExperiments(io, [made("m".repeat(99), { ...failed, ...times, image })], now, true).split("\n")[1];
  expect(row).toContain(`jax        team=a   ${image}   Timeout   ${"m".repeat(99)}   took too long`);
});
