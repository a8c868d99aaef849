import { expect, test } from "vitest";
import { parseDemands } from "./demands.ts";

const status = `======== Autoscaler status: 2026-11-21 17:40:00.000000 ========
Node status
---------------------------------------------------------------
Active:
 1 headgroup
Pending:
 (no pending nodes)

Resources
---------------------------------------------------------------
Total Usage:
 0.0/2.0 CPU
 0B/1.40GiB memory

From request_resources:
 (none)
Pending Demands:
 {'CPU': 64.0}: 2+ pending tasks/actors
 {'gpu_a': 2.0, 'memory': 1e+09}: 1+ pending tasks/actors (1+ using placement groups)
 {'CPU': 8.0} * 2, {'GPU': 1.0} * 1 (STRICT_SPREAD): 1+ pending placement groups`;

test("demands of tasks, actors and placement groups are read", () => {
  expect(parseDemands(status)).toEqual([
    { what: "tasks/actors", resources: { CPU: 64 }, count: 2 },
    { what: "tasks/actors", resources: { gpu_a: 2, memory: 1e9 }, count: 1 },
    { what: "placement groups", resources: { CPU: 8 }, count: 1 },
    { what: "placement groups", resources: { GPU: 1 }, count: 1 },
  ]);
});

test("none is found where there is none", () => {
  expect(parseDemands("Total Demands:\n (no resource demands)")).toEqual([]);
});
