/** Several faults at once, at random. */
import * as fc from "fast-check";
import { callFaults, type Faults, listFaults, watchFaults, writeFaults } from "../../src/testing/simulation/faults.ts";
import type { Outcome } from "../../src/testing/simulation/run.ts";
import { lateMs } from "../../src/testing/simulation/variations.ts";

/** Up to three of a sort, by their numbers. */
const numbered = <T extends string>(most: number, faults: readonly T[]) =>
  fc.dictionary(fc.integer({ min: 1, max: Math.max(1, most) }).map(String), fc.constantFrom(...faults), {
    maxKeys: 3,
  }) as fc.Arbitrary<Record<number, T>>;

export const anyFaults = ({ counts, resources }: Outcome): fc.Arbitrary<Faults> =>
  fc.record(
    {
      endsAfter: fc
        .uniqueArray(fc.integer({ min: 1, max: Math.max(1, counts.writes) }), { maxLength: 3 })
        .map((list) => list.toSorted((a, b) => a - b)),
      writes: numbered(counts.writes, writeFaults),
      lists: numbered(counts.lists, listFaults),
      watches: numbered(counts.watches, watchFaults),
      calls: numbered(counts.calls, callFaults),
      lateMs: fc.dictionary(fc.constantFrom(...resources), fc.constantFrom(0, 20, 400, lateMs), { maxKeys: 3 }),
      noEvents: fc.boolean(),
    },
    { requiredKeys: [] },
  );
