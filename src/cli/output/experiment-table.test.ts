import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { Experiment } from "../../api/experiment/types.ts";
import type { Io } from "../io.ts";
import { drawExperiments } from "./experiment-table.ts";

const io: Io = { stdout: new PassThrough(), stderr: new PassThrough(), isTTY: false, cwd: "/", env: {} };
const now = new Date("2026-01-01T00:01:00Z");

const made = (message: string, status?: Experiment["status"]): Experiment => ({
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: "experiment-1", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { manifest: "", message },
  ...(status && { status }),
});

test.each<[string, Experiment, string]>([
  ["one that has just begun by its message", made("first try"), "Processing   Waiting              60s   first try"],
  ["a long message by its first line", made("\nfirst try\r\n\nwith details\n"), "Waiting              60s   first try"],
  [
    "a failure by its reason",
    made("first try", { state: "Failed", step: "Finished", operator: "jax", reason: "Timeout" }),
    "Failed   Finished   jax        60s   Timeout",
  ],
  [
    "a success by its message",
    made("first try", { state: "Succeeded", step: "Finished", operator: "jax", reason: "Completed" }),
    "Succeeded   Finished   jax        60s   first try",
  ],
])("the table tells %s, in a line", (_, experiment, wanted) => {
  const [, row, ...others] = drawExperiments(io, [experiment], now).split("\n");
  expect(row).toContain(wanted);
  expect(others).toEqual([]);
});
