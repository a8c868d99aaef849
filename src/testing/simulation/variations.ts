/** Which faults a scenario is run with: each single one, by sort, from what a run without faults has asked for, and mixtures of them. */
import * as fc from "fast-check";
import { type Faults, listFaults, watchFaults, type WriteFault, writeFaults } from "./faults.ts";
import type { Outcome } from "./run.ts";

export interface Variation {
  readonly of: (calm: Outcome) => readonly Faults[];
  /** Every one of them, however many there are. */
  readonly isWhole?: boolean;
}

const lateMs = 3_000;
/** The watch would tell at once what the answer did not. */
const late: Faults = { lateMs: { "*": lateMs } };
const isCarriedOut = (fault: WriteFault) => fault === "lost" || fault === "504";
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);
const everyWrite =
  (faults: (number: number) => Faults) =>
  ({ counts }: Outcome) =>
    upTo(counts.writes).map(faults);

/** By sentences. */
export const variations: Readonly<Record<string, Variation>> = {
  "the process ends after any write": { of: everyWrite((number) => ({ endsAfter: [number] })), isWhole: true },
  "it ends once more after the next write": { of: everyWrite((number) => ({ endsAfter: [number, number + 1] })) },
  ...Object.fromEntries(
    writeFaults.map((fault) => [
      `any write meets ${fault}`,
      { of: everyWrite((number) => ({ writes: { [number]: fault }, ...(isCarriedOut(fault) && late) })) },
    ]),
  ),
  "any list fails or comes late": {
    of: ({ counts }) =>
      upTo(counts.lists).flatMap((number) => listFaults.map((fault) => ({ lists: { [number]: fault } }))),
  },
  "any watch breaks": {
    of: ({ counts }) =>
      upTo(counts.watches).flatMap((number) => watchFaults.map((fault) => ({ watches: { [number]: fault } }))),
  },
  "changes are told late": {
    of: ({ resources }) => [
      late,
      ...resources.flatMap((resource) => [
        { lateMs: { [resource]: lateMs } },
        { lateMs: { "*": lateMs, [resource]: 0 } },
      ]),
    ],
  },
  "no event is taken": { of: () => [{ noEvents: true }] },
};

/** Up to three of a sort, by their numbers. */
const numbered = <T extends string>(most: number, faults: readonly T[]) =>
  fc.dictionary(fc.integer({ min: 1, max: Math.max(1, most) }).map(String), fc.constantFrom(...faults), {
    maxKeys: 3,
  }) as fc.Arbitrary<Record<number, T>>;

/** Several at once. */
export const anyFaults = ({ counts, resources }: Outcome): fc.Arbitrary<Faults> =>
  fc.record(
    {
      endsAfter: fc
        .uniqueArray(fc.integer({ min: 1, max: Math.max(1, counts.writes) }), { maxLength: 3 })
        .map((list) => list.toSorted((a, b) => a - b)),
      writes: numbered(counts.writes, writeFaults),
      lists: numbered(counts.lists, listFaults),
      watches: numbered(counts.watches, watchFaults),
      lateMs: fc.dictionary(fc.constantFrom(...resources), fc.constantFrom(0, 20, 400, lateMs), { maxKeys: 3 }),
      noEvents: fc.boolean(),
    },
    { requiredKeys: [] },
  );
