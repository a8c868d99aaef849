/** The last value of every number in a file of JSON lines, or in a file that is one JSON object. Pure. */
import type { Metric, Metrics } from "./metric.ts";

type Fields = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const stepNames = ["step", "global_step", "training_iteration", "iteration", "epoch"];

/** `{"val": {"loss": 1}}` is `val/loss`. */
function* numbersIn(fields: Fields, prefix = ""): Iterable<readonly [string, number]> {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "number" && Number.isFinite(value)) yield [prefix + name, value];
    else if (isMap(value)) yield* numbersIn(value, `${prefix}${name}/`);
  }
}

function add(metrics: Map<string, Metric>, fields: unknown): void {
  if (!isMap(fields)) return;
  const step = stepNames.map((name) => fields[name]).find((value) => typeof value === "number");
  for (const [name, value] of numbersIn(fields)) metrics.set(name, { value, ...(step !== undefined && { step }) });
}

/** Lines that are no JSON objects are skipped: the last one may be half written. */
export function readJsonLines(text: string): Metrics {
  const metrics = new Map<string, Metric>();
  for (const line of text.split("\n")) add(metrics, parse(line));
  if (metrics.size === 0) add(metrics, parse(text));
  return metrics;
}
