/** The kind of windlass.dev/v1alpha1. */
import type { Kind } from "../../meta/object.ts";

export const Experiment: Kind = Object.freeze({
  group: "windlass.dev",
  version: "v1alpha1",
  kind: "Experiment",
  resource: "experiments",
  namespaced: true,
});
