import { expect, test } from "vitest";
import { isLogNeeded, type Present } from "./leftovers.ts";

const present: Present = {
  podUids: new Set(["u1"]),
  experiments: new Set(["default/experiment-6f4a850d-2281", "team/nightly"]),
};

test.each<[string, string, boolean]>([
  ["of a pod that is there", "default_anything_u1", true],
  ["of a pod that is gone, of an experiment that is there", "default_experiment-6f4a850d-2281-main-0-0-x7k2p_u2", true],
  ["of an experiment named by hand", "team_nightly-head-abcde_u3", true],
  ["of an experiment of another namespace", "default_nightly-head-abcde_u3", false],
  ["of an experiment that is gone", "default_experiment-6f4a850d-9999-main-0-0-x7k2p_u4", false],
  ["of a pod named like an experiment, but belonging to none", "team_nightly_u5", false],
  ["of an experiment whose name only begins so", "team_nightlyrun-0_u6", false],
])("the log %s is kept: %s -> %s", (_, folder, wanted) => expect(isLogNeeded(folder, present)).toBe(wanted));
