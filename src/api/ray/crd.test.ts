/** The ray.io definitions as installed: structural, small, and true to the names that other software relies on. */
import { describe, expect, it } from "vitest";
import { checkStructural } from "../../machinery/schema/structural.ts";
import type { Schema } from "../../machinery/schema/types.ts";
import { crds, rayClusterCrd, rayJobCrd } from "./crd.ts";

/** Limit of the annotation that client-side `kubectl apply` writes. */
const applyLimit = 262_144;

describe.each(crds.map((crd) => [crd.spec.names.kind, crd] as const))("%s", (_kind, crd) => {
  it("is structural in every version", () => {
    for (const { schema } of crd.spec.versions) expect(checkStructural(schema.openAPIV3Schema as Schema)).toEqual([]);
  });

  it("fits into the annotation of client-side apply", () => {
    expect(JSON.stringify(crd).length).toBeLessThan(applyLimit);
  });

  it("stores v1 only and has a status subresource everywhere", () => {
    expect(crd.spec.versions.filter(({ storage }) => storage).map(({ name }) => name)).toEqual(["v1"]);
    for (const { subresources } of crd.spec.versions) expect(subresources).toEqual({ status: {} });
  });
});

it("names the kinds as kubectl and RBAC know them", () => {
  expect(crds.map((crd) => [crd.metadata.name, crd.spec.names])).toEqual(
    ["RayCluster", "RayJob", "RayService", "RayCronJob"].map((kind) => [
      `${kind.toLowerCase()}s.ray.io`,
      {
        kind,
        listKind: `${kind}List`,
        plural: `${kind.toLowerCase()}s`,
        singular: kind.toLowerCase(),
        categories: ["all"],
      },
    ]),
  );
});

it("serves v1alpha1 with a warning, except of RayCronJob", () => {
  const warnings = crds.flatMap((crd) =>
    crd.spec.versions.map((version) => [crd.spec.names.kind, version.name, "deprecated" in version]),
  );
  expect(warnings).toEqual([
    ["RayCluster", "v1", false],
    ["RayCluster", "v1alpha1", true],
    ["RayJob", "v1", false],
    ["RayJob", "v1alpha1", true],
    ["RayService", "v1", false],
    ["RayService", "v1alpha1", true],
    ["RayCronJob", "v1", false],
  ]);
  expect(rayJobCrd.spec.versions[1]).toMatchObject({
    deprecationWarning:
      "ray.io/v1alpha1 RayJob is deprecated; use ray.io/v1 RayJob. v1alpha1 receives no new fields and will be unavailable in KubeRay 1.9.",
  });
});

it("prints the columns of a RayCluster in their order", () => {
  const names = rayClusterCrd.spec.versions[0]?.additionalPrinterColumns?.map(
    ({ name, priority = 0 }) => `${name}/${priority}`,
  );
  expect(names?.join(", ")).toBe(
    "desired workers/0, available workers/0, cpus/0, memory/0, gpus/0, tpus/1, status/0, age/0, head pod IP/1, head service IP/1",
  );
});

it("prints the columns of a RayJob in their order, of v1 only", () => {
  const [v1, alpha] = rayJobCrd.spec.versions;
  expect(v1?.additionalPrinterColumns?.map(({ name, jsonPath }) => `${name}=${jsonPath}`)).toEqual([
    "job status=.status.jobStatus",
    "deployment status=.status.jobDeploymentStatus",
    "ray cluster name=.status.rayClusterName",
    "start time=.status.startTime",
    "end time=.status.endTime",
    "age=.metadata.creationTimestamp",
  ]);
  expect(alpha).not.toHaveProperty("additionalPrinterColumns");
});
