/** Which faults a scenario is run with: each single one, by sort, from what a run without faults has asked for. Pure. */
import { type Faults, listFaults, watchFaults, writeFaults } from "./faults.ts";
import type { Outcome } from "./run.ts";

const lateMs = 3_000;
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);

/** Sentences, each with the faults that it means in runs of this scenario. */
export const variations: Readonly<Record<string, (calm: Outcome) => readonly Faults[]>> = {
  "the process ends after any write": ({ counts }) => upTo(counts.writes).map((number) => ({ endsAfter: [number] })),
  "it ends once more after the next write": ({ counts }) =>
    upTo(counts.writes).map((number) => ({ endsAfter: [number, number + 1] })),
  ...Object.fromEntries(
    writeFaults.map((fault) => [
      `any write meets ${fault}`,
      ({ counts }: Outcome) => upTo(counts.writes).map((number) => ({ writes: { [number]: fault } })),
    ]),
  ),
  "any list fails or comes late": ({ counts }) =>
    upTo(counts.lists).flatMap((number) => listFaults.map((fault) => ({ lists: { [number]: fault } }))),
  "any watch breaks": ({ counts }) =>
    upTo(counts.watches).flatMap((number) => watchFaults.map((fault) => ({ watches: { [number]: fault } }))),
  "changes are told late": ({ resources }) => [
    { lateMs: { "*": lateMs } },
    ...resources.flatMap((resource) => [
      { lateMs: { [resource]: lateMs } },
      { lateMs: { "*": lateMs, [resource]: 0 } },
    ]),
  ],
  "no event is taken": () => [{ noEvents: true }],
};
