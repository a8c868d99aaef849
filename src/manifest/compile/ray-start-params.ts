/** Parameters of `ray start` for a pod group: what every node gets, and what the manifest puts in their place. Pure. */
import { ports } from "../../api/ray/labels.ts";
import type { PodGroup } from "../model/manifest.ts";
import { gpuCount, memoryBytes } from "./resources.ts";

/** So large that a group's own resource never limits how much runs on it. */
const logicalUnits = 100_000;

/** JSON goes through bash: it is put in single quotes unless it is in quotes already. */
function forBash(value: string): string {
  return /^\s*[{[]/.test(value) ? `'${value.trim()}'` : value;
}

/** `name` is the group's logical resource; `head` for the head. */
export function rayStartParams(name: string, group: PodGroup): Readonly<Record<string, string>> {
  const { resources } = group;
  const gpus = gpuCount(resources);
  const cpus = resources.cpus > 0 ? Math.max(1, Math.ceil(resources.cpus)) : 0;
  const head = { "include-dashboard": "true", "dashboard-host": "0.0.0.0" };
  const given = Object.entries(group.rayStartParams ?? {});
  return {
    resources: `'${JSON.stringify({ [name]: logicalUnits })}'`,
    ...(name === "head" && head),
    "dashboard-agent-listen-port": String(ports.agent),
    memory: String(memoryBytes(resources)),
    "num-cpus": String(cpus),
    ...(gpus > 0 && { "num-gpus": String(gpus) }),
    "log-color": "true",
    "log-style": "pretty",
    "metrics-export-port": String(ports.metrics),
    ...Object.fromEntries(given.map(([key, value]) => [key, forBash(String(value))])),
  };
}
