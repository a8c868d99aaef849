import { expect, test } from "vitest";
import { Experiment as ExperimentKind } from "../../api/experiment/kinds.ts";
import type { Experiment } from "../../api/experiment/types.ts";
import type { KubeObject } from "../../api/meta/object.ts";
import { ownerReference } from "../../machinery/owner-refs.ts";
import type { Reader } from "../../runtime/plan.ts";
import { observe } from "./observe.ts";

const root: Experiment = {
  apiVersion: "windlass.dev/v1alpha1",
  kind: "Experiment",
  metadata: { name: "e", namespace: "default", uid: "u" },
  spec: { manifest: "" },
};

/** Caches that hold one RayJob. */
const holding = (owner: KubeObject | undefined): Reader => {
  const rayJob: KubeObject = {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata: {
      name: "e",
      namespace: "default",
      ...(owner && { ownerReferences: [ownerReference(ExperimentKind, owner)] }),
    },
  };
  return {
    get: <T extends KubeObject>({ kind }: { readonly kind: string }) =>
      kind === "RayJob" ? (rayJob as unknown as T) : undefined,
    list: () => [],
    failures: () => [],
    observation: () => undefined,
  };
};

test("the experiment's own workload is seen", () => {
  expect(observe(root, holding(root)).rayJob?.metadata.name).toBe("e");
});

test("a workload of that name that belongs to nobody, or to an experiment that is gone, is not taken for its own", () => {
  const earlier = { ...root, metadata: { ...root.metadata, uid: "earlier" } };
  expect(observe(root, holding(undefined)).rayJob).toBeUndefined();
  expect(observe(root, holding(earlier)).rayJob).toBeUndefined();
});
