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

interface Place extends Roots {
  readonly prom: Prom;
  readonly registry: Registry;
}

const about = ({ registry }: Place, { name, help, labelNames }: Metric<KubeObject>) => ({
  name,
  help,
  labelNames: [...labelNames],
  registers: [registry],
});

function read(place: Place, metric: ReadGauge<KubeObject>): void {
  const gauge: InstanceType<Prom["Gauge"]> = new place.prom.Gauge({
    ...about(place, metric),
    collect() {
      gauge.reset();
      for (const root of place.store.list()) {
        const found = metric.sample(root);
        if (found) gauge.set(found.labels, found.value);
      }
    },
  });
}

function count(place: Place, metric: ChangeCounter<KubeObject>): void {
  const counter = new place.prom.Counter(about(place, metric));
  place.store.onChange((change, after, before) => {
    const labels = change === "deleted" ? undefined : metric.count(before, after);
    if (labels) counter.inc(labels);
  });
}

function keep(place: Place, metric: ChangeGauge<KubeObject>): void {
  const gauge = new place.prom.Gauge(about(place, metric));
  const said = new Map<string | undefined, Labels[]>();
  place.store.onChange((change, after, before) => {
    const { uid } = after.metadata;
    if (change === "deleted") {
      for (const labels of said.get(uid) ?? []) gauge.remove(labels);
      said.delete(uid);
      return;
    }
    const found = metric.sample(before, after, place.clock.now());
    if (!found) return;
    said.set(uid, [...(said.get(uid) ?? []), found.labels]);
    gauge.set(found.labels, found.value);
  });
}

export function rootMetrics(prom: Prom, registry: Registry, roots: Roots): Register {
  const place = { ...roots, prom, registry };
  return (metric) => {
    if (metric.type === "read") read(place, metric);
    else if (metric.type === "count") count(place, metric);
    else keep(place, metric);
  };
}
