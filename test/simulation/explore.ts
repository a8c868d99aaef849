/** Tests of a scenario: told without faults to its end, and with any fault to the same end. */
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/testing/simulation/cluster.ts";
import type { Faults } from "../../src/testing/simulation/faults.ts";
import { type Outcome, run } from "../../src/testing/simulation/run.ts";
import type { Scenario } from "../../src/testing/simulation/scenario.ts";
import { variations } from "../../src/testing/simulation/variations.ts";

/** Of a run with several faults at once. */
const seed = 20_260_101;

/** What a run with faults must have in common with one without. */
const end = ({ state, made, later, broken }: Outcome) => ({ made, later, broken, state });

export function explore(cluster: () => Cluster, scenarios: readonly Scenario[]): void {
  describe.each(scenarios)("$name", (scenario) => {
    let calm: Outcome;
    beforeAll(async () => {
      calm = await run(cluster(), scenario, {});
    });
    const check = async (faults: Faults) => {
      const told = await run(cluster(), scenario, faults).then(end, (error: Error) => error.message);
      expect.soft(told, JSON.stringify(faults)).toEqual(end(calm));
    };

    it("comes to its end, and to rest", () => {
      expect(calm.later).toEqual([]);
      expect(calm.broken).toEqual([]);
    });
    it.each(Object.entries(variations))("%s", async (_, of) => {
      for (const faults of of(calm)) await check(faults);
    });
    void fc;
    void seed;
  });
}
