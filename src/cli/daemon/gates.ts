/** The feature gates of the local cluster: those of `up`, else those that `run` starts it with, too. Pure. */
import type { Io } from "../program/io.ts";
import { type FeatureGates, parseFeatureGates } from "../operator/feature-gates.ts";

/** Throws naming the entry that is unknown, malformed, or on without being supported. */
export const localGates = (flag: string | undefined, env: Io["env"]): FeatureGates =>
  parseFeatureGates(flag ?? env["WINDLASS_FEATURE_GATES"]);
