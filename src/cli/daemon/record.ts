/** The file by which a running local cluster is found: process id, start time and address. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Exit status of a local cluster that found another one in its folder. */
export const occupiedStatus = 4;

export interface ServerRecord {
  readonly pid: number;
  /** Start time in clock ticks since boot, from /proc: tells a reused pid from ours. Absent where /proc is. */
  readonly startTicks?: string;
  readonly url: string;
  readonly startedAt: string;
  readonly version: string;
  /** Folder or bucket below which experiments have their outputs. */
  readonly outputs?: string;
}

/** Fields of /proc/PID/stat behind the command's name: state first. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

export const startTicks = (pid: number): string | undefined => statOf(pid)?.[19];

/** Whether the process is there and is the one recorded: not a later one with the same id, nor one that has died and was not buried. */
export function isAlive(record: Pick<ServerRecord, "pid" | "startTicks">): boolean {
  try {
    process.kill(record.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  if (statOf(record.pid)?.[0] === "Z") return false;
  return record.startTicks === undefined || startTicks(record.pid) === record.startTicks;
}

export function writeRecord(file: string, record: ServerRecord): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The record of a local cluster that is running now, else undefined. */
export function readRecord(file: string): ServerRecord | undefined {
  let record: ServerRecord;
  try {
    record = JSON.parse(readFileSync(file, "utf8")) as ServerRecord;
  } catch {
    return undefined;
  }
  return isAlive(record) ? record : undefined;
}

export function removeRecord(file: string): void {
  rmSync(file, { force: true });
}
