import { expect, test } from "vitest";
import { shortfalls } from "./preflight.ts";

const demand = (pods: number, cpu: string, memory = "1Gi") => ({ name: "g", pods, requests: { cpu, memory } });

test.each([
  ["what fits", [demand(2, "500m")], []],
  ["the sum counts, not the single pod", [demand(3, "1")], ["cpu: needs 3, this machine offers 2"]],
  [
    "every resource that is short is told",
    [demand(1, "4", "64Gi")],
    ["cpu: needs 4, this machine offers 2", "memory: needs 64Gi, this machine offers 8Gi"],
  ],
  [
    "a resource that is not there at all",
    [{ name: "g", pods: 1, requests: { "nvidia.com/gpu": "1" } }],
    ["nvidia.com/gpu: needs 1, this machine offers none"],
  ],
  [
    "a thousand million pods are counted at once",
    [demand(1_000_000_000, "1m", "0")],
    ["cpu: needs 1M, this machine offers 2"],
  ],
])("%s", (_, demands, wanted) => expect(shortfalls(demands, { cpu: "2", memory: "8Gi" })).toEqual(wanted));
