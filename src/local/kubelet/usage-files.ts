/** What runs of containers have used, kept beside their logs: it stays as long as they do. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { PodStats } from "../../api/core/stats.ts";
import type { RunUsage } from "./usage-meter.ts";

const ending = ".usage.json";

/** A run that has ended, found beside its log. */
export interface KeptRun {
  readonly pod: PodStats["podRef"];
  readonly container: string;
  readonly run: number;
  readonly usage: RunUsage;
}

/** A full disk costs the account, never the pod. */
export function writeUsage(logFile: string, usage: RunUsage): void {
  try {
    writeFileSync(join(dirname(logFile), `${basename(logFile, ".log")}${ending}`), JSON.stringify(usage));
  } catch {
    // As with log lines that cannot be written: what the pod does goes on.
  }
}

function readUsage(file: string): RunUsage | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as RunUsage;
  } catch {
    // Cut short by a crash, or removed meanwhile.
    return undefined;
  }
}

const entries = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Every run that left an account below `root`, the folder of all logs. */
export function keptRuns(root: string): readonly KeptRun[] {
  return entries(root).flatMap((folder) => {
    const [namespace = "", name = "", uid = ""] = folder.split("_");
    return entries(join(root, folder)).flatMap((container) =>
      entries(join(root, folder, container)).flatMap((file) => {
        const usage = file.endsWith(ending) ? readUsage(join(root, folder, container, file)) : undefined;
        return usage ? [{ pod: { namespace, name, uid }, container, run: Number.parseInt(file, 10), usage }] : [];
      }),
    );
  });
}
