/** Custom resources: served once defined, validated, defaulted, pruned, scaled, gone with their definition. */
import { expect, it } from "vitest";
import { CustomResourceDefinition } from "../../../src/api/core/kinds.ts";
import type { Kind, UnknownObject } from "../../../src/meta/object.ts";
import { isNotFound } from "../../../src/kube/errors.ts";
import { eventually } from "../../../src/testing/eventually.ts";
import type { Connected } from "./connect.ts";
import { refused } from "./objects.ts";

const schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1 },
        mode: { type: "string", enum: ["fast", "safe"], default: "safe" },
        floor: { type: "integer" },
      },
      "x-kubernetes-validations": [
        { rule: "!has(self.floor) || self.floor <= self.size", message: "floor must not be above size" },
      ],
    },
    status: { type: "object", properties: { size: { type: "integer" } } },
  },
};

function definition(group: string): UnknownObject {
  const version = {
    served: true,
    schema: { openAPIV3Schema: schema },
    subresources: { status: {}, scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } },
    additionalPrinterColumns: [{ name: "Size", type: "integer", jsonPath: ".spec.size" }],
  };
  const versions = [
    { ...version, name: "v1", storage: true },
    { ...version, name: "v1beta1", storage: false, deprecated: true },
  ];
  const names = { plural: "widgets", kind: "Widget", shortNames: ["wd"] };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: { group, scope: "Namespaced", names, versions },
  };
}

export function custom(server: () => Connected): void {
  it("custom resources live as their definition says", async () => {
    const { client, transport, namespace } = server();
    const group = `${namespace}.test.dev`;
    const kind: Kind = { group, version: "v1", kind: "Widget", resource: "widgets", namespaced: true };
    const crd = { kind: CustomResourceDefinition, name: `widgets.${group}` };
    const widget = (name: string, spec: object, more: object = {}): UnknownObject => ({
      apiVersion: `${group}/v1`,
      kind: "Widget",
      metadata: { name, namespace },
      spec,
      ...more,
    });
    await client.create(CustomResourceDefinition, definition(group));
    const answer = async () => (await transport.request({ method: "GET", path: `/apis/${group}/v1/widgets` })).status;
    await eventually(async () => (await answer()) === 200, "widgets are served");

    const made = await client.create(kind, widget("a", { size: 2, extra: true }, { status: { size: 9 } }));
    expect(made["spec"]).toEqual({ size: 2, mode: "safe" });
    expect(made["status"]).toBeUndefined();
    expect(made.metadata.generation).toBe(1);

    const error = await refused(client.create(kind, widget("b", { size: 0, mode: "odd" })), 422, "Invalid");
    expect(error.message).toContain(`Widget.${group} "b" is invalid: [`);
    expect(error.message).toContain(
      "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1",
    );
    expect(error.message).toContain('spec.mode: Unsupported value: "odd": supported values: "fast", "safe"');
    const ruled = await refused(client.create(kind, widget("b", { size: 1, floor: 2 })), 422, "Invalid");
    expect(ruled.message).toContain("floor must not be above size");

    const ref = { kind, namespace, name: "a" };
    const status = await client.patch(
      ref,
      { status: { size: 2 }, spec: { size: 7 } },
      { type: "merge", subresource: "status" },
    );
    expect([status["spec"], status["status"], status.metadata.generation]).toEqual([
      { size: 2, mode: "safe" },
      { size: 2 },
      1,
    ]);
    const scaled = await client.patch(ref, { spec: { replicas: 5 } }, { type: "merge", subresource: "scale" });
    expect([scaled.kind, scaled["spec"]]).toEqual(["Scale", { replicas: 5 }]);
    expect(await client.get(ref)).toMatchObject({ spec: { size: 5 }, metadata: { generation: 2 } });
    const beta = await transport.request({
      method: "GET",
      path: `/apis/${group}/v1beta1/namespaces/${namespace}/widgets/a`,
    });
    expect(beta.body).toMatchObject({ apiVersion: `${group}/v1beta1`, spec: { size: 5 } });
    expect(beta.warnings).toEqual([`${group}/v1beta1 Widget is deprecated; use ${group}/v1 Widget`]);
    await refused(client.patch(ref, { spec: { size: 6 } }, { type: "strategic" }), 415, "UnsupportedMediaType");

    await client.delete(crd);
    await eventually(() => client.get(crd).then(() => false, isNotFound), "the definition is gone");
    await eventually(async () => (await answer()) === 404, "widgets are served no more");
  });

  it("a schema that is not structural is refused", async () => {
    const { client, namespace } = server();
    const group = `bad.${namespace}.test.dev`;
    const bad = definition(group);
    const spec = bad["spec"] as { versions: readonly object[] };
    const versions = spec.versions.map((version) => ({
      ...version,
      schema: { openAPIV3Schema: { type: "object", properties: { spec: { properties: {} } } } },
    }));
    const error = await refused(
      client.create(CustomResourceDefinition, { ...bad, spec: { ...spec, versions } }),
      422,
      "Invalid",
    );
    expect(error.message).toContain("must not be empty for specified object fields");
  });
}
