/** Logs of pods that no longer exist, read from the local cluster's log files. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LogLine } from "./log-stream.ts";
import type { Paths } from "./paths.ts";

/** Lines of the newest submitter or first pod whose name begins with the experiment's; empty when nothing was kept. */
export function keptLog(paths: Paths, namespace: string, experiment: string): readonly LogLine[] {
  const root = join(paths.state, "pods");
  if (!existsSync(root)) return [];
  const files = globSync(`${namespace}_${experiment}-*/*/*.log`, { cwd: root });
  const main = files.filter((file) => file.includes("/ray-job-submitter/"));
  const chosen = (main.length > 0 ? main : files).sort().at(-1);
  return chosen ? readFileSync(join(root, chosen), "utf8").split("\n").filter(Boolean).map(parseCri) : [];
}

/** `2026-01-02T03:04:05.6Z stdout F text`: the container runtime interface's log line. */
function parseCri(line: string): LogLine {
  const [time = "", , , ...text] = line.split(" ");
  return { time, text: text.join(" ") };
}
