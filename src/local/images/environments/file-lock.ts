/** One process at a time does the work that a file stands for; a lock whose holder is dead counts for nothing. */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function take(file: string): boolean {
  try {
    const fd = openSync(file, "wx");
    writeFileSync(fd, String(process.pid));
    closeSync(fd);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

export async function locked<T>(file: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  while (!take(file)) {
    const holder = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
    if (holder && !isAlive(holder)) rmSync(file, { force: true });
    else await sleep(200);
    signal.throwIfAborted();
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
