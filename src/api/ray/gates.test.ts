/** Feature gates as the chart and users write them. */
import { describe, expect, it } from "vitest";
import { defaultRayGates, parseRayGates } from "./gates.ts";

describe("feature gates", () => {
  it.each([
    ["none", "", defaultRayGates],
    ["one switched off", "RayJobDeletionPolicy=false", { ...defaultRayGates, RayJobDeletionPolicy: false }],
    ["an alpha gate switched on", "RayCronJob=true", { ...defaultRayGates, RayCronJob: true }],
    [
      "what the chart passes",
      "RayClusterStatusConditions=true,RayCronJob=false, RayServiceIncrementalUpgrade=true",
      defaultRayGates,
    ],
  ])("%s", (_, text, gates) => {
    expect(parseRayGates(text)).toEqual(gates);
  });

  it.each([
    ["an unknown one", "Nonsense=true", /unknown feature gate Nonsense/],
    ["one that nothing stands behind", "RayClusterMTLS=true", /RayClusterMTLS is not supported/],
    ["no value", "RayCronJob", /expected true or false/],
  ])("refuse %s", (_, text, told) => {
    expect(() => parseRayGates(text)).toThrow(told);
  });
});
