/** The middle one of several measurements: what a machine with other work does to one of them does not count. Pure. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
