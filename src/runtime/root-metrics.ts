/** Registers what controllers tell of their roots (metric.ts), read from and fed by the stores of those roots. */
import type * as PromClient from "prom-client";
import type { KubeObject } from "../meta/object.ts";
import type { ObjectStore } from "../kube/store.ts";
import type { Clock } from "./clock.ts";
import type { ChangeCounter, ChangeGauge, Labels, Metric, ReadGauge } from "./metric.ts";

type Prom = typeof PromClient;
type Registry = InstanceType<Prom["Registry"]>;

export interface Roots {
  readonly store: ObjectStore;
  readonly clock: Clock;
}

type Register = (metric: Metric<KubeObject>) => void;

export function rootMetrics(prom: Prom, registry: Registry, { store, clock }: Roots): Register {
  const about = ({ name, help, labelNames }: Metric<KubeObject>) => ({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
  });
  const read = (metric: ReadGauge<KubeObject>) => {
    const gauge: InstanceType<Prom["Gauge"]> = new prom.Gauge({
      ...about(metric),
      collect() {
        gauge.reset();
        for (const root of store.list()) {
          const found = metric.sample(root);
          if (found) gauge.set(found.labels, found.value);
        }
      },
    });
  };
  const count = (metric: ChangeCounter<KubeObject>) => {
    const counter = new prom.Counter(about(metric));
    store.onChange((change, after, before) => {
      const labels = change === "deleted" ? undefined : metric.count(before, after);
      if (labels) counter.inc(labels);
    });
  };
  const keep = (metric: ChangeGauge<KubeObject>) => {
    const gauge = new prom.Gauge(about(metric));
    const said = new Map<string | undefined, Labels[]>();
    store.onChange((change, after, before) => {
      const { uid } = after.metadata;
      if (change === "deleted") {
        for (const labels of said.get(uid) ?? []) gauge.remove(labels);
        said.delete(uid);
        return;
      }
      const found = metric.sample(before, after, clock.now());
      if (!found) return;
      said.set(uid, [...(said.get(uid) ?? []), found.labels]);
      gauge.set(found.labels, found.value);
    });
  };
  return (metric) => {
    if (metric.type === "read") read(metric);
    else if (metric.type === "count") count(metric);
    else keep(metric);
  };
}
