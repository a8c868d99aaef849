/** Counts the ends of JobSets as the cache sees them. What counts is decided in controllers/jobset/metrics.ts. */
import type * as PromClient from "prom-client";
import { JobSet as JobSetKind } from "../../api/jobset/kinds.ts";
import type { JobSet } from "../../api/jobset/types.ts";
import { countedEnd, jobSetCounters } from "../../controllers/jobset/metrics.ts";
import type { Cache } from "../../runtime/cache.ts";

type Registry = InstanceType<(typeof PromClient)["Registry"]>;

export async function countJobSets(cache: Cache, registry: Registry): Promise<void> {
  const { Counter } = await import("prom-client");
  const counters = Object.fromEntries(
    Object.values(jobSetCounters).map((counter) => [counter.name, new Counter({ ...counter, registers: [registry] })]),
  );
  cache.storeOf(JobSetKind).onChange((change, after, before) => {
    const end = change === "deleted" ? undefined : countedEnd(before as JobSet | undefined, after as unknown as JobSet);
    if (end) counters[end.counter.name]?.inc(end.labels);
  });
}
