/**
 * `npm run bench [NAME…]`: measures what the performance page promises, and prints a table (`--json`: JSON). Medians of
 * several runs; compare ratios within one run, for machines differ. What needs a cluster or downloads a lot runs only when
 * it is named.
 */
import { apiServer } from "./api-server.ts";
import { arrayBench } from "./array.ts";
import { controlPlane } from "./control-plane.ts";
import { definitionsBench } from "./definitions.ts";
import { environmentsBench } from "./environments.ts";
import { experimentBench } from "./experiment.ts";
import type { Figure } from "./figure.ts";
import { firstDay } from "./first-day.ts";
import { jobSetOperatorBench } from "./jobset-operator.ts";
import { rayOperatorBench } from "./ray-operator.ts";

const benches: Readonly<Record<string, () => readonly Figure[] | Promise<readonly Figure[]>>> = {
  "api-server": apiServer,
  array: arrayBench,
  "control-plane": controlPlane,
  definitions: definitionsBench,
  environments: environmentsBench,
  experiment: experimentBench,
  "first-day": firstDay,
  "jobset-operator": jobSetOperatorBench,
  "ray-operator": rayOperatorBench,
};
/** Needs a cluster, or downloads a lot. */
const onDemand = ["definitions", "environments", "first-day", "jobset-operator"];

const words = process.argv.slice(2);
const wanted = words.filter((word) => !word.startsWith("--"));
const unknown = wanted.find((name) => !benches[name]);
if (unknown) {
  console.error(`there is no bench "${unknown}"; there are ${Object.keys(benches).join(", ")}`);
  process.exit(2);
}
const figures: Figure[] = [];
for (const [name, run] of Object.entries(benches)) {
  if (wanted.length === 0 ? !onDemand.includes(name) : wanted.includes(name)) figures.push(...(await run()));
}
if (words.includes("--json")) console.log(JSON.stringify(figures, null, 2));
else {
  for (const { name, value, unit, goal, reached } of figures) {
    console.log(
      `${reached ? "ok  " : "MISS"} ${name.padEnd(52)} ${`${Math.round(value * 100) / 100} ${unit}`.padStart(16)}   ${goal}`,
    );
  }
}
