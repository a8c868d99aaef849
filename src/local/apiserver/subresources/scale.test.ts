/** The scale of a custom resource: one number, with the preconditions and the refusals of any other write. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Api, startApi, type Seen } from "../api.test-support.ts";

const group = "test.dev";
const widgets = `/apis/${group}/v1/namespaces/default/widgets`;
const scale = `${widgets}/w/scale`;

const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        subresources: { scale: { specReplicasPath: ".spec.size", statusReplicasPath: ".status.size" } },
      },
    ],
  },
};

let api: Api;
beforeEach(async () => {
  api = startApi();
  await api.done("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", { body: definition });
  const widget = {
    apiVersion: `${group}/v1`,
    kind: "Widget",
    metadata: { name: "w" },
    spec: { size: 2, color: "red" },
  };
  await api.done("POST", widgets, { body: widget });
});
afterEach(() => api.stop());

test("reads and writes the number at the definition's path, and nothing else", async () => {
  const found = await api.done<Seen>("GET", scale);
  expect(found).toMatchObject({ kind: "Scale", spec: { replicas: 2 }, status: { replicas: 0 } });
  const written = await api.done<Seen>("PUT", scale, { body: { ...found, spec: { replicas: 5 } } });
  expect(written["spec"]).toEqual({ replicas: 5 });
  expect((await api.done<Seen>("GET", `${widgets}/w`))["spec"]).toEqual({ size: 5, color: "red" });
});

const refused: Readonly<Record<string, readonly [scale: object, code: number, message: string]>> = {
  "a number below zero": [
    { spec: { replicas: -1 } },
    422,
    "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
  ],
  "what is no number": [{ spec: { replicas: "many" } }, 400, "spec.replicas must be an integer"],
  "an old version": [
    { metadata: { name: "w", resourceVersion: "1" }, spec: { replicas: 3 } },
    409,
    "the object has been modified",
  ],
  "another uid": [
    { metadata: { name: "w", uid: "other" }, spec: { replicas: 3 } },
    409,
    "Precondition failed: UID in precondition: other",
  ],
  "another name": [{ metadata: { name: "v" }, spec: { replicas: 3 } }, 400, "does not match the name on the URL (w)"],
};
test.each(Object.entries(refused))("%s is refused", async (_, [body, code, message]) => {
  const given = { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "w" }, ...body };
  const answer = await api.ask("PUT", scale, { body: given });
  expect([answer.status, answer.body]).toMatchObject([code, { message: expect.stringContaining(message) as string }]);
});

test("a patch of an old version is refused", async () => {
  const body = { metadata: { resourceVersion: "1" }, spec: { replicas: 3 } };
  expect((await api.ask("PATCH", scale, { contentType: "application/merge-patch+json", body })).status).toBe(409);
});
