/** What this machine offers to pods. */
import { statfs } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { command } from "./runtime/processes.ts";

export interface Capacity {
  /** Quantities, as the node advertises them. */
  readonly cpu: string;
  readonly memory: string;
  readonly gpus: number;
  /** Scratch disk: what is free where pods write. */
  readonly ephemeralStorage: string;
}

async function countGpus(): Promise<number> {
  try {
    const list = await command("nvidia-smi", "--list-gpus");
    return list.split("\n").filter((line) => line.startsWith("GPU ")).length;
  } catch {
    return 0;
  }
}

async function freeDisk(folder: string): Promise<string> {
  const { bavail, bsize } = await statfs(folder);
  return `${Math.floor((bavail * bsize) / 1024)}Ki`;
}

/** `given` goes before what is found; `folder` is where pods write. */
export async function machineCapacity(folder: string, given: Partial<Capacity> = {}): Promise<Capacity> {
  return {
    cpu: given.cpu ?? String(availableParallelism()),
    memory: given.memory ?? `${Math.floor(totalmem() / 1024)}Ki`,
    gpus: given.gpus ?? (await countGpus()),
    ephemeralStorage: given.ephemeralStorage ?? (await freeDisk(folder)),
  };
}
