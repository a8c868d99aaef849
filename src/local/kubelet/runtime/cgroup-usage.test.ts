import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cpuInVersion1, joinUsage, memoryInVersion1, type UsageReader, usageInVersion2 } from "./cgroup-usage.ts";

function read(reader: UsageReader, files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "windlass-usage-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return reader(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("what a control group has used", () => {
  const memory = { memoryBytes: 3000, workingSetBytes: 1000, mostMemoryBytes: 5000 };
  it.each<[string, UsageReader, Readonly<Record<string, string>>, object]>([
    [
      "version 2",
      usageInVersion2,
      {
        "cpu.stat": "usage_usec 1500\nuser_usec 900\n",
        "memory.current": "3000\n",
        "memory.peak": "5000\n",
        "memory.stat": "anon 1\ninactive_file 2000\n",
      },
      { ...memory, cpuNanos: 1_500_000 },
    ],
    [
      "version 2 of a kernel that counts no peak",
      usageInVersion2,
      { "cpu.stat": "usage_usec 1\n", "memory.current": "3000\n", "memory.stat": "inactive_file 2000\n" },
      { ...memory, mostMemoryBytes: 3000, cpuNanos: 1000 },
    ],
    [
      "memory in version 1",
      memoryInVersion1,
      {
        "memory.usage_in_bytes": "3000\n",
        "memory.max_usage_in_bytes": "5000\n",
        "memory.stat": "inactive_file 7\ntotal_inactive_file 2000\n",
      },
      memory,
    ],
    ["CPU in version 1", cpuInVersion1, { "cpuacct.usage": "77\n" }, { cpuNanos: 77 }],
    ["a group that is gone", usageInVersion2, {}, {}],
  ])("is read from the files of %s", (_name, reader, files, expected) => {
    expect(read(reader, files)).toEqual(expected);
  });

  it("is one reading of all hierarchies, or none once a group is gone", () => {
    expect(joinUsage([memory, { cpuNanos: 7 }])).toEqual({ ...memory, cpuNanos: 7 });
    expect(joinUsage([memory, {}])).toBeUndefined();
  });
});
