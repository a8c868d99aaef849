/** The kind Sweep of windlass.dev/v1alpha1. */
import type { Kind } from "../../meta/object.ts";

export const Sweep: Kind = Object.freeze({
  group: "windlass.dev",
  version: "v1alpha1",
  kind: "Sweep",
  resource: "sweeps",
  namespaced: true,
});
