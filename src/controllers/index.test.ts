/** Which controllers run, and which of them a sleep of the machine is told to. */
import { describe, expect, it } from "vitest";
import { defaultRayGates } from "../api/ray/gates.ts";
import { type ControllerName, controllers } from "./index.ts";
import { rayOperatorOptions } from "./raycluster/options.ts";

const make = (gates = defaultRayGates, names?: readonly ControllerName[]) =>
  controllers(
    {
      ray: rayOperatorOptions("test", {}, gates),
      rayClient: () => {
        throw new Error("not asked here");
      },
      experiment: { platform: { storage: {} } },
    },
    names,
  );
const namesOf = (specs: ReturnType<typeof make>) => specs.map(({ name }) => name);
const withCron = { ...defaultRayGates, RayCronJob: true };

describe("controllers", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ["all, but for alpha gates", namesOf(make()), ["raycluster", "rayjob", "jobset", "experiment", "sweep"]],
    [
      "with an alpha gate",
      namesOf(make(withCron)),
      ["raycluster", "rayjob", "raycronjob", "jobset", "experiment", "sweep"],
    ],
    ["those that are named", namesOf(make(withCron, ["rayjob", "raycronjob"])), ["rayjob", "raycronjob"]],
    ["not one whose gate is off", namesOf(make(defaultRayGates, ["rayjob", "raycronjob"])), ["rayjob"]],
  ])("%s", (_, found, wanted) => {
    expect(found).toEqual(wanted);
  });

  it("that wait by the clock are told of a sleep", () => {
    const timed = make(withCron).filter(({ isTimed }) => isTimed);
    expect(namesOf(timed)).toEqual(["rayjob", "raycronjob", "jobset", "experiment"]);
  });
});
