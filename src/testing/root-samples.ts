/** The lines of `/metrics` that a controller's metrics make of a store of roots: for tests of what they say. */
import * as prom from "prom-client";
import type { KubeObject } from "../meta/object.ts";
import type { ObjectStore } from "../kube/store.ts";
import type { Metric } from "../runtime/metric.ts";
import { rootMetrics } from "../runtime/root-metrics.ts";
import { FakeClock } from "./fake-clock.ts";

/** `now` is RFC 3339. */
export function rootSamples<Root extends KubeObject>(
  metrics: readonly Metric<Root>[],
  store: ObjectStore,
  now?: string,
): () => Promise<readonly string[]> {
  const registry = new prom.Registry();
  const register = rootMetrics(prom, registry, { store, clock: new FakeClock(now) });
  for (const metric of metrics) register(metric);
  return async () => (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}
