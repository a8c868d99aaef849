/**
 * What goes wrong in a run, as plain data. Writes (events apart), lists, watches and calls of Ray are
 * counted over the whole run, from 1, by all processes of the operator together.
 */

/** `lost` and `504`: carried out, and the answer does not arrive. The others: not carried out. */
export const writeFaults = ["lost", "504", "conflict", "429", "500", "timeout"] as const;
export type WriteFault = (typeof writeFaults)[number];

/** `late`: the answer is old when it comes. */
export const listFaults = ["500", "timeout", "late"] as const;
export type ListFault = (typeof listFaults)[number];

/**
 * `refused`: never opened. `too-old`: 410 as its first event. `broken`: ends in the middle, after its first event. `expired`: 410 after its
 * first event. `bookmark`: says nothing but how new it is, and ends.
 */
export const watchFaults = ["refused", "too-old", "broken", "expired", "bookmark"] as const;
export type WatchFault = (typeof watchFaults)[number];

/** Of a call to somebody outside the cluster. */
export const callFaults = ["lost", "refused"] as const;
export type CallFault = (typeof callFaults)[number];

type ByNumber<T> = Readonly<Record<number, T>>;

export interface Faults {
  /** The process ends once this many writes were sent and the last of them carried out. Another starts a second later. */
  readonly endsAfter?: readonly number[];
  readonly writes?: ByNumber<WriteFault>;
  readonly lists?: ByNumber<ListFault>;
  readonly watches?: ByNumber<WatchFault>;
  readonly calls?: ByNumber<CallFault>;
  /** By resource, how late its watches tell, in milliseconds. `*` stands for all that are not named. */
  readonly lateMs?: Readonly<Record<string, number>>;
  /** No event (events.k8s.io) is ever taken. */
  readonly noEvents?: boolean;
}

/** How many of each there were so far. */
export interface Counts {
  writes: number;
  lists: number;
  watches: number;
  calls: number;
}
