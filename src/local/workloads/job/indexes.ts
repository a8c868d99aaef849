/**
 * Sets of completion indexes as sorted closed intervals, and their text form in a Job's status ("0,2-5").
 * Kept as intervals so that a Job of a hundred thousand indexes costs no more than its gaps.
 */

type Interval = readonly [first: number, last: number];
export type IndexSet = readonly Interval[];

/**
 * Reads `status.completedIndexes`, `status.failedIndexes` or a success policy's `succeededIndexes`.
 * Indexes at or above `completions` and parts that are not numbers are dropped: the field may predate a smaller Job.
 */
export function parseIndexes(text: string | undefined, completions: number): IndexSet {
  const found: number[][] = [];
  for (const part of text ? text.split(",") : []) {
    const match = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (!match) continue;
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? match[1]), completions - 1);
    if (first <= last) found.push([first, last]);
  }
  return merge(found as unknown as Interval[]);
}

/** Two neighbours print as `3,4`, three or more as `3-5`. */
export function formatIndexes(set: IndexSet): string {
  return set
    .map(([first, last]) => (first === last ? `${first}` : `${first}${last - first === 1 ? "," : "-"}${last}`))
    .join(",");
}

export function withIndexes(set: IndexSet, added: Iterable<number>): IndexSet {
  const extra = [...added].map((index): Interval => [index, index]);
  return extra.length === 0 ? set : merge([...set, ...extra]);
}

export function hasIndex(set: IndexSet, index: number): boolean {
  let low = 0;
  let high = set.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = set[middle] as Interval;
    if (index >= first && index <= last) return true;
    if (index < first) high = middle - 1;
    else low = middle + 1;
  }
  return false;
}

export function countIndexes(set: IndexSet): number {
  return set.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** How many indexes are in both sets. */
export function countCommon(one: IndexSet, other: IndexSet): number {
  let sum = 0;
  let at = 0;
  for (const [first, last] of one) {
    while (at < other.length && (other[at] as Interval)[1] < first) at++;
    for (let next = at; next < other.length; next++) {
      const [from, to] = other[next] as Interval;
      if (from > last) break;
      sum += Math.min(last, to) - Math.max(first, from) + 1;
    }
  }
  return sum;
}

function merge(intervals: readonly Interval[]): IndexSet {
  const merged: [number, number][] = [];
  for (const [first, last] of [...intervals].sort((a, b) => a[0] - b[0])) {
    const top = merged.at(-1);
    if (top && first <= top[1] + 1) top[1] = Math.max(top[1], last);
    else merged.push([first, last]);
  }
  return merged;
}
