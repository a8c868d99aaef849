/** Reads what the processes of a control group have used: the files of version 2, and those of each controller of version 1. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What the processes of a container have used up to now. */
export interface Usage {
  readonly cpuNanos: number;
  readonly memoryBytes: number;
  /** Without cached files that the kernel can drop at once. */
  readonly workingSetBytes: number;
  /** The most that `memoryBytes` ever was. */
  readonly mostMemoryBytes: number;
}

type Read = (name: string) => string | undefined;
export type UsageReader = (folder: string) => Partial<Usage>;

const reader =
  (folder: string): Read =>
  (name) => {
    try {
      return readFileSync(join(folder, name), "utf8");
    } catch {
      // Removed meanwhile, or a kernel without this file.
      return undefined;
    }
  };

/** A number of a file of `name value` lines. */
function field(text: string | undefined, name: string): number | undefined {
  const found = new RegExp(`^${name} (\\d+)$`, "m").exec(text ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}

const whole = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

interface MemoryFiles {
  readonly now: string;
  readonly most: string;
  readonly inactive: string;
}

function memoryOf(read: Read, files: MemoryFiles): Partial<Usage> {
  const memoryBytes = whole(read(files.now));
  if (memoryBytes === undefined) return {};
  const inactive = field(read("memory.stat"), files.inactive) ?? 0;
  return {
    memoryBytes,
    workingSetBytes: Math.max(0, memoryBytes - inactive),
    mostMemoryBytes: whole(read(files.most)) ?? memoryBytes,
  };
}

export const usageInVersion2: UsageReader = (folder) => {
  const read = reader(folder);
  const micros = field(read("cpu.stat"), "usage_usec");
  const memory = memoryOf(read, { now: "memory.current", most: "memory.peak", inactive: "inactive_file" });
  return { ...memory, ...(micros !== undefined && { cpuNanos: micros * 1000 }) };
};

export const memoryInVersion1: UsageReader = (folder) =>
  memoryOf(reader(folder), {
    now: "memory.usage_in_bytes",
    most: "memory.max_usage_in_bytes",
    inactive: "total_inactive_file",
  });

export const cpuInVersion1: UsageReader = (folder) => {
  const cpuNanos = whole(reader(folder)("cpuacct.usage"));
  return cpuNanos === undefined ? {} : { cpuNanos };
};

/** One reading from all hierarchies; undefined once the groups are gone. */
export function joinUsage(parts: readonly Partial<Usage>[]): Usage | undefined {
  const { cpuNanos, memoryBytes, workingSetBytes, mostMemoryBytes } = Object.assign({}, ...parts) as Partial<Usage>;
  if (cpuNanos === undefined || memoryBytes === undefined) return undefined;
  return {
    cpuNanos,
    memoryBytes,
    workingSetBytes: workingSetBytes ?? memoryBytes,
    mostMemoryBytes: mostMemoryBytes ?? memoryBytes,
  };
}
