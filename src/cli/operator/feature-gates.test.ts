import { describe, expect, it } from "vitest";
import { defaultRayGates } from "../../api/ray/gates.ts";
import { parseFeatureGates } from "./feature-gates.ts";

describe("parseFeatureGates", () => {
  it.each([
    ["nothing given: the defaults", "", {}, {}],
    ["a gate of JobSet", "InPlaceRestart=true", {}, { inPlaceRestart: true }],
    [
      "gates of both, with blanks",
      " ElasticJobSet=true, RayMultiHostIndexing=false ",
      { RayMultiHostIndexing: false },
      { elasticJobSet: true },
    ],
    ["a gate switched off", "RestartJob=false", {}, { restartJob: false }],
  ])("%s", (_, text, ray, jobSet) => {
    expect(parseFeatureGates(text)).toEqual({ ray: { ...defaultRayGates, ...ray }, jobSet });
  });

  it.each([
    ["InPlaceRestrat=true", "unknown feature gate InPlaceRestrat; did you mean InPlaceRestart?"],
    ["RestartJob=yes", "feature gate RestartJob=yes: expected true or false"],
    ["RestartJob", "feature gate RestartJob: expected true or false"],
    ["RayClusterMTLS=true", "feature gate RayClusterMTLS is not supported"],
  ])("%s is refused", (text, message) => {
    expect(() => parseFeatureGates(text)).toThrow(message);
  });
});
