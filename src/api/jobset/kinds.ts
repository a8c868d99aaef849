/** The kind of jobset.x-k8s.io/v1alpha2. */
import type { Kind } from "../../meta/object.ts";

export const JobSet: Kind = Object.freeze({
  group: "jobset.x-k8s.io",
  version: "v1alpha2",
  kind: "JobSet",
  resource: "jobsets",
  namespaced: true,
});
