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

test("images of other experiments are looked up where the manifest may ask for one, and the image is not known", () => {
  const id = "11111111-2222-4333-8444-555555555555";
  const other = { ...root, metadata: { name: "o", namespace: "default", uid: "o" }, spec: { manifest: "", id } };
  const reader: Reader = {
    ...holding(undefined),
    list: <T extends KubeObject>({ kind }: { readonly kind: string }) =>
      (kind === "Experiment" ? [{ ...other, status: { image: "i" } }, root] : []) as unknown as readonly T[],
  };
  const asking: Experiment = { ...root, spec: { manifest: "builder: {skipBuild: {}}" } };
  expect(observe(asking, reader).images).toEqual(new Map([[id, "i"]]));
  expect(observe({ ...asking, status: { image: "j" } }, reader).images).toBeUndefined();
  expect(observe(root, reader).images).toBeUndefined();
});
