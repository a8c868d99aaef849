/** A number that a program reported, and which one of several reports is the last. Pure. */

export interface Metric {
  readonly value: number;
  /** Training step; absent where the program named none. */
  readonly step?: number;
}

/** Latest value by name. */
export type Metrics = ReadonlyMap<string, Metric>;

/** Steps that come later in a file win also when they are lower: a program that resumed counts again. */
export function mergeMetrics(all: readonly Metrics[]): Metrics {
  return new Map(all.flatMap((metrics) => [...metrics]));
}
