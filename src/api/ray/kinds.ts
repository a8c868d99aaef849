/** The kinds of ray.io/v1. */
import type { Kind } from "../../meta/object.ts";

const define = (kind: string, resource: string): Kind =>
  Object.freeze({ group: "ray.io", version: "v1", kind, resource, namespaced: true });

export const RayCluster = define("RayCluster", "rayclusters");
export const RayJob = define("RayJob", "rayjobs");
export const RayService = define("RayService", "rayservices");
export const RayCronJob = define("RayCronJob", "raycronjobs");
