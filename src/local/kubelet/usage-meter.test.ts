import { describe, expect, it } from "vitest";
import type { Usage } from "./runtime/cgroup-usage.ts";
import { addRuns, UsageMeter } from "./usage-meter.ts";

const start = Date.parse("2026-01-02T03:04:05Z");
const after = (seconds: number) => new Date(start + seconds * 1000);
const used = (cpuSeconds: number, mebibytes: number, most = mebibytes): Usage => ({
  cpuNanos: cpuSeconds * 1e9,
  memoryBytes: mebibytes + 1,
  workingSetBytes: mebibytes,
  mostMemoryBytes: most,
});

describe("what a run of a container uses", () => {
  it("is its CPU since the last sample and its memory now, with the peaks of all samples", () => {
    const meter = new UsageMeter(after(0), 100);
    meter.sample(used(4, 90), after(2));
    meter.sample(used(5, 30), after(4));
    expect(meter.now()).toMatchObject({
      startTime: "2026-01-02T03:04:05Z",
      cpu: { usageNanoCores: 5e8, usageCoreNanoSeconds: 5e9, peakNanoCores: 2e9, time: "2026-01-02T03:04:09Z" },
      memory: { usageBytes: 31, workingSetBytes: 30, availableBytes: 70, peakBytes: 90 },
    });
  });
  it("says nothing about speed when the clock stood still", () => {
    const meter = new UsageMeter(after(0), undefined);
    meter.sample(used(1, 1), after(0));
    expect(meter.now().cpu).toMatchObject({ usageNanoCores: 0, peakNanoCores: 0, usageCoreNanoSeconds: 1e9 });
  });

  it.each<[string, number, boolean, number]>([
    ["the most that was measured, of a run that was measured often", 2, false, 20],
    ["what the kernel counted, of a run too short to be measured", 0, false, 80],
    ["what the kernel counted, of a run that was killed for memory", 2, true, 80],
  ])("has as its peak in the end %s", (_sentence, samples, outOfMemory, peakBytes) => {
    const meter = new UsageMeter(after(0), undefined);
    for (let at = 1; at <= samples; at++) meter.sample(used(at, 10 * at), after(2 * at));
    const end = meter.finish(used(3, 0, 80), after(6), outOfMemory);
    expect(end).toMatchObject({
      finishTime: "2026-01-02T03:04:11Z",
      cpu: { usageNanoCores: 0, usageCoreNanoSeconds: 3e9 },
      memory: { workingSetBytes: 0, peakBytes },
    });
  });
});

describe("several runs of a container", () => {
  const run = (seconds: number, cpu: number, peak: number) => {
    const meter = new UsageMeter(after(seconds), undefined);
    meter.sample(used(cpu, peak), after(seconds + 1));
    return meter.now();
  };
  it("are one account: use adds up, peaks do not", () => {
    expect(addRuns([run(0, 3, 50), run(10, 1, 20)])).toMatchObject({
      startTime: "2026-01-02T03:04:05Z",
      cpu: { usageCoreNanoSeconds: 4e9, peakNanoCores: 3e9, usageNanoCores: 1e9 },
      memory: { workingSetBytes: 20, peakBytes: 50 },
    });
  });
  it("are no account when there are none", () => expect(addRuns([])).toBeUndefined());
});
