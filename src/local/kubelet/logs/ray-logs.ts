/** Ray's own logs, kept with a container's when it ends: Ray writes them into the container's /tmp, which goes with the pod. */
import { existsSync } from "node:fs";
import { cp, mkdir, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export interface RayLogLimits {
  /** Of a longer file the end is kept. */
  readonly maxFileBytes: number;
  /** Of all files of a container, the newest first. */
  readonly maxBytes: number;
}

const rayLogLimits: RayLogLimits = { maxFileBytes: 8 * 1024 * 1024, maxBytes: 64 * 1024 * 1024 };

/** Folder of the Ray logs of a run, beside its own log. */
export const rayLogsOf = (logFile: string): string => join(dirname(logFile), `${basename(logFile, ".log")}.ray`);

interface Found {
  /** Below the session's folder of logs. */
  readonly path: string;
  readonly size: number;
  readonly changedMs: number;
}

/** Ray's folder of logs in a container's /tmp; undefined where no Ray ran. The link `session_latest` leads elsewhere from outside. */
async function sessionLogs(temporary: string): Promise<string | undefined> {
  const ray = join(temporary, "ray");
  if (!existsSync(ray)) return undefined;
  const sessions = (await readdir(ray)).filter((name) => name.startsWith("session_2")).sort();
  const latest = sessions.at(-1);
  return latest && existsSync(join(ray, latest, "logs")) ? join(ray, latest, "logs") : undefined;
}

async function filesIn(folder: string): Promise<readonly Found[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(file);
      return { path: file.slice(folder.length + 1), size, changedMs: mtimeMs };
    }),
  );
}

async function copyEnd(from: string, to: string, bytes: number): Promise<void> {
  const source = await open(from);
  const target = await open(to, "w");
  try {
    const { size } = await source.stat();
    const { buffer, bytesRead } = await source.read(Buffer.alloc(bytes), 0, bytes, Math.max(0, size - bytes));
    await target.write(buffer, 0, bytesRead);
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

/** Copies what Ray logged in the container whose /tmp is `temporary` to `folder`. Does nothing where no Ray ran. */
export async function keepRayLogs(temporary: string, folder: string, limits = rayLogLimits): Promise<void> {
  const logs = await sessionLogs(temporary);
  if (logs === undefined) return;
  let left = limits.maxBytes;
  for (const { path, size } of (await filesIn(logs)).toSorted((a, b) => b.changedMs - a.changedMs)) {
    const kept = Math.min(size, limits.maxFileBytes);
    if (size === 0 || kept > left) continue;
    left -= kept;
    const [from, to] = [join(logs, path), join(folder, path)];
    await mkdir(dirname(to), { recursive: true });
    await (kept < size ? copyEnd(from, to, kept) : cp(from, to));
  }
}
