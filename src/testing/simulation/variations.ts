/** Which faults a scenario is run with: each single one, by sort, from what a run without faults has asked for. Pure. */
import { callFaults, type Faults, listFaults, watchFaults, type WriteFault, writeFaults } from "./faults.ts";
import type { Outcome } from "./run.ts";

export interface Variation {
  readonly of: (calm: Outcome) => readonly Faults[];
  /** Every one of them, however many there are. */
  readonly isWhole?: boolean;
}

export const lateMs = 3_000;
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
  "any call fails, or its answer is lost": {
    of: ({ counts }) =>
      upTo(counts.calls).flatMap((number) => callFaults.map((fault) => ({ calls: { [number]: fault } }))),
  },
  "no event is taken": { of: () => [{ noEvents: true }] },
};
