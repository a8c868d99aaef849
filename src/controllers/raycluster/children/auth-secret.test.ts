/** The secret for Ray's token: by which options it is made, and how. */
import { expect, it, test } from "vitest";
import type { RayClusterSpec } from "../../../api/ray/types.ts";
import { checkedPlan } from "../../../testing/checked-plan.ts";
import { planAuthSecret } from "./auth-secret.ts";
import { makeCluster, spec } from "../model.test-support.ts";

const planned = (authOptions?: RayClusterSpec["authOptions"]) =>
  checkedPlan(spec, planAuthSecret, makeCluster({ authOptions })).apply;

it("is made before the pods, with a token of the runtime's, and one that is there is used", () => {
  expect(planned({ mode: "token" })).toEqual([
    {
      kind: expect.objectContaining({ kind: "Secret" }),
      mode: "create",
      order: -1,
      accepts: "any",
      fresh: [["stringData", "auth_token"]],
      target: {
        apiVersion: "v1",
        kind: "Secret",
        type: "Opaque",
        metadata: {
          name: "raycluster-kuberay",
          namespace: "default",
          labels: { "ray.io/cluster": "raycluster-kuberay" },
          ownerReferences: [expect.objectContaining({ kind: "RayCluster", controller: true })],
        },
      },
    },
  ]);
});

test.each([
  ["nothing is asked for", undefined],
  ["authentication is off", { mode: "disabled" }],
  ["Kubernetes gives the tokens", { mode: "token", enableK8sTokenAuth: true }],
  ["the user names a secret", { mode: "token", secretName: "mine" }],
] as const)("is not made where %s", (_, authOptions) => expect(planned(authOptions)).toEqual([]));
