/** Every controller as the operator runs it, with every gate on and nothing behind its actions: for what is generated from them. */
import type { SourceBuilder } from "../src/controllers/experiment/controller.ts";
import { allRayGates } from "../src/api/ray/gates.ts";
import { controllers } from "../src/controllers/index.ts";
import { rayOperatorOptions } from "../src/controllers/raycluster/options.ts";
import type { AnyControllerSpec } from "../src/runtime/spec.ts";

const unused = (): never => {
  throw new Error("nothing runs while files are generated");
};
const builder: SourceBuilder = { clone: unused, build: unused };

/** `builds`: as the local cluster runs it, which makes images. An operator on a cluster does not. */
export const everyController = ({ builds }: { readonly builds: boolean }): readonly AnyControllerSpec[] =>
  controllers({
    ray: rayOperatorOptions("generated", {}, allRayGates),
    rayClient: unused,
    jobSetGates: { inPlaceRestart: true, restartJob: true, elasticJobSet: true },
    experiment: {
      platform: {},
      ...(builds && { builder }),
      pods: { failed: unused, list: unused, lastLines: unused },
    },
  });
