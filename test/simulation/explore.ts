/**
 * Tests of a scenario: told without faults to its end, and with any fault to the same end. Short scenarios meet every single fault,
 * long ones every end of the process and some of the others. WINDLASS_SIMULATION=all: every one of all.
 */
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/testing/simulation/cluster.ts";
import type { Faults } from "../../src/testing/simulation/faults.ts";
import { type Outcome, run } from "../../src/testing/simulation/run.ts";
import type { Scenario } from "../../src/testing/simulation/scenario.ts";
import { variations } from "../../src/testing/simulation/variations.ts";
import { anyFaults } from "./mixtures.ts";

const seed = 20_260_101;
const all = process.env["WINDLASS_SIMULATION"] === "all";
/** Of one sort, in a long scenario. */
const most = all ? Number.POSITIVE_INFINITY : 4;
const mixtures = all ? 200 : 6;

function some(faults: readonly Faults[]): readonly Faults[] {
  if (faults.length <= most) return faults;
  const few = fc.shuffledSubarray([...faults], { minLength: most, maxLength: most });
  return fc.sample(few, { seed, numRuns: 1 })[0] ?? [];
}

/** What a run with faults must have in common with one without. */
const endOf =
  ({ remakes, ignores }: Scenario) =>
  ({ state, made, later, told, broken }: Outcome) => ({
    made: made.filter((name, at) => !remakes?.test(name) || made.indexOf(name) === at),
    later,
    told,
    broken,
    state: ignores ? state.map((text) => text.replaceAll(ignores, "")) : state,
  });

export function explore(cluster: () => Cluster, scenarios: readonly Scenario[]): void {
  describe.each(scenarios)("$name", (scenario) => {
    let calm: Outcome;
    beforeAll(async () => {
      calm = await run(cluster(), scenario, {});
    });
    const end = endOf(scenario);
    const endWith = (faults: Faults) => run(cluster(), scenario, faults).then(end, (error: Error) => error.message);

    it("comes to its end, and to rest", () => {
      expect(calm.later).toEqual([]);
      expect(calm.broken).toEqual([]);
    });
    it.each(Object.entries(variations))("%s", async (_, { of, isWhole }) => {
      const faults = of(calm);
      for (const one of isWhole ? faults : some(faults))
        expect.soft(await endWith(one), JSON.stringify(one)).toEqual(end(calm));
    });
    it("several things go wrong", async () => {
      const same = async (faults: Faults) => {
        expect(await endWith(faults)).toEqual(end(calm));
      };
      await fc.assert(fc.asyncProperty(anyFaults(calm), same), { seed, numRuns: mixtures });
    });
  });
}
