import { expect, test } from "vitest";
import type { Container, Pod } from "../../api/core/pod.ts";
import type { Io } from "../program/io.ts";
import { drawUsage } from "./draw-usage.ts";
import { memoryLimitOf, type NodePodStats, usageOfMetrics, usageOfStats, withSeenPeaks } from "./pod-usage.ts";

const podRef = { name: "p", namespace: "n", uid: "u" };
const time = "2026-01-01T00:00:00Z";
const container = (nanoCores: number, bytes: number, more: object = {}) => ({
  cpu: { time, usageNanoCores: nanoCores, peakNanoCores: nanoCores * 2 },
  memory: { time, workingSetBytes: bytes, peakBytes: bytes * 3 },
  ...more,
});

test.each<[string, NodePodStats, object]>([
  [
    "containers are added",
    { podRef, containers: [container(5e8, 10), container(1e9, 20)] },
    { hasEnded: false, cpus: 1.5, memoryBytes: 30, peakCpus: 3, peakMemoryBytes: 90 },
  ],
  [
    "what has ended uses nothing, and had its peaks",
    { podRef, containers: [container(5e8, 10, { finishTime: time })] },
    { hasEnded: true, cpus: 0, memoryBytes: 0, peakCpus: 1, peakMemoryBytes: 30 },
  ],
  [
    "a node that keeps no peaks has none",
    { podRef, containers: [{ cpu: { usageNanoCores: 1e9 }, memory: { workingSetBytes: 7 } }] },
    { hasEnded: false, cpus: 1, memoryBytes: 7 },
  ],
])("a node's figures: %s", (_, stats, wanted) => {
  expect(usageOfStats(stats)).toEqual({ pod: "p", ...wanted });
});

test("figures of the metrics API are quantities", () => {
  const containers = [{ usage: { cpu: "250m", memory: "64Mi" } }, { usage: { cpu: "1500000n", memory: "1Ki" } }];
  expect(usageOfMetrics({ metadata: { name: "p" }, containers })).toEqual({
    pod: "p",
    hasEnded: false,
    cpus: 0.2515,
    memoryBytes: 64 * 2 ** 20 + 1024,
  });
});

test("where nobody keeps peaks, the most that was seen is the peak", () => {
  const now = { pod: "p", hasEnded: false, cpus: 1, memoryBytes: 5 };
  const [first] = withSeenPeaks([now], new Map());
  expect(first).toMatchObject({ peakCpus: 1, peakMemoryBytes: 5 });
  const [second] = withSeenPeaks([{ ...now, cpus: 0.5, memoryBytes: 9 }], new Map([["p", first ?? now]]));
  expect(second).toMatchObject({ peakCpus: 1, peakMemoryBytes: 9 });
});

const pod = (containers: readonly Container[], initContainers: readonly Container[] = []): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p" },
  spec: { containers, initContainers },
});
const limited = (memory: string, more: Partial<Container> = {}): Container => ({
  name: "c",
  resources: { limits: { memory } },
  ...more,
});

test.each<[string, Pod, number | undefined]>([
  [
    "that of its containers and sidecars",
    pod([limited("1Ki")], [limited("2Ki", { restartPolicy: "Always" }), limited("9Ki")]),
    3072,
  ],
  ["unknown when one has none", pod([limited("1Ki"), { name: "free" }]), undefined],
])("the limit of a pod is %s", (_, of, wanted) => {
  expect(memoryLimitOf(of)).toBe(wanted);
});

test("the table has what is used now, the most that was, and what may be; of what has ended only the most", () => {
  const io: Io = { stdout: process.stdout, stderr: process.stderr, isTTY: false, cwd: "/", env: {} };
  const rows = [
    {
      pod: "a",
      part: "head",
      hasEnded: false,
      cpus: 0.5,
      memoryBytes: 2 ** 20,
      peakCpus: 1.25,
      peakMemoryBytes: 2 ** 21,
      memoryLimit: 2 ** 30,
    },
    { pod: "b", part: "worker", hasEnded: true, cpus: 0, memoryBytes: 0, peakCpus: 2, peakMemoryBytes: 2 ** 22 },
  ];
  expect(
    drawUsage(io, rows)
      .split("\n")
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ["POD", "PART", "CPU", "CPU MAX", "MEMORY", "MEMORY MAX", "LIMIT", "STATE"],
    ["a", "head", "0.50", "1.25", "1 MiB", "2 MiB", "1 GiB", "running"],
    ["b", "worker", "-", "2.00", "-", "4 MiB", "-", "ended"],
  ]);
});
