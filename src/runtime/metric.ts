/**
 * What a controller tells of its roots on `/metrics`, as data: gauges read from the objects when metrics are asked for, and
 * counters and gauges that changes of the objects feed. root-metrics.ts registers them. Pure.
 */

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

interface Named {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/** Read anew from every root; nothing for a root of which there is nothing to say. */
export interface ReadGauge<Root> extends Named {
  readonly type: "read";
  sample(root: Root): Sample | undefined;
}

/** Counts changes of roots: the labels of the one to count, if any. `before` is undefined for a root just seen. */
export interface ChangeCounter<Root> extends Named {
  readonly type: "count";
  count(before: Root | undefined, after: Root): Labels | undefined;
}

/** Said of a change of a root, and kept until the root is gone. */
export interface ChangeGauge<Root> extends Named {
  readonly type: "keep";
  sample(before: Root | undefined, after: Root, now: Date): Sample | undefined;
}

export type Metric<Root> = ReadGauge<Root> | ChangeCounter<Root> | ChangeGauge<Root>;
