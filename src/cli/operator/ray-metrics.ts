/** KubeRay's gauges of an operator's RayClusters and RayJobs, read from its stores. What they say: controllers/ray…/metrics.ts. */
import type * as PromClient from "prom-client";
import { identityOf, type ObjectGauge, clusterGauges } from "../../controllers/raycluster/metrics.ts";
import { attemptGauge, endedAttempt, jobGauges } from "../../controllers/rayjob/metrics.ts";
import type { RayJob } from "../../api/ray/types.ts";
import type { ObjectStore } from "../../kube/store.ts";

type Prom = typeof PromClient;
type Registry = InstanceType<Prom["Registry"]>;

/** Registers gauges that are read anew from every object of the store whenever metrics are asked for. */
function readFrom<T>({ Gauge }: Prom, registry: Registry, store: ObjectStore, gauges: readonly ObjectGauge<T>[]): void {
  for (const { name, help, labelNames, sample } of gauges) {
    const gauge: InstanceType<Prom["Gauge"]> = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        gauge.reset();
        for (const object of store.list()) {
          const found = sample(object as unknown as T);
          if (found) gauge.set(found.labels, found.value);
        }
      },
    });
  }
}

/** Attempts are told as they end, and forgotten with their RayJob. */
function watchAttempts({ Gauge }: Prom, registry: Registry, store: ObjectStore): void {
  const gauge = new Gauge({ ...attemptGauge, labelNames: [...attemptGauge.labelNames], registers: [registry] });
  const told = new Map<string, Record<string, string>[]>();
  store.onChange((change, after, before) => {
    const { uid } = identityOf(after);
    if (change === "deleted") {
      for (const labels of told.get(uid) ?? []) gauge.remove(labels);
      told.delete(uid);
      return;
    }
    const attempt = endedAttempt(before as RayJob | undefined, after as unknown as RayJob, new Date());
    if (!attempt) return;
    told.set(uid, [...(told.get(uid) ?? []), attempt.labels]);
    gauge.set(attempt.labels, attempt.value);
  });
}

export async function gaugeRayClusters(store: ObjectStore, registry: Registry): Promise<void> {
  readFrom(await import("prom-client"), registry, store, clusterGauges);
}

export async function gaugeRayJobs(store: ObjectStore, registry: Registry): Promise<void> {
  const prom = await import("prom-client");
  readFrom(prom, registry, store, jobGauges);
  watchAttempts(prom, registry, store);
}
