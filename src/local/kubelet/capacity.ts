/** What this machine offers to pods. */
import { availableParallelism, totalmem } from "node:os";
import { command } from "./runtime/processes.ts";

export interface Capacity {
  /** Quantities, as the node advertises them. */
  readonly cpu: string;
  readonly memory: string;
  readonly gpus: number;
}

async function countGpus(): Promise<number> {
  try {
    const list = await command("nvidia-smi", "--list-gpus");
    return list.split("\n").filter((line) => line.startsWith("GPU ")).length;
  } catch {
    return 0;
  }
}

/** `given` goes before what is found. */
export async function machineCapacity(given: Partial<Capacity> = {}): Promise<Capacity> {
  return {
    cpu: given.cpu ?? String(availableParallelism()),
    memory: given.memory ?? `${Math.floor(totalmem() / 1024)}Ki`,
    gpus: given.gpus ?? (await countGpus()),
  };
}
