/** The ingress to a head's dashboard, as the cluster's options come and go. */
import { describe, expect, it, test } from "vitest";
import type { KubeObject } from "../../../meta/object.ts";
import type { HeadGroupSpec, RayCluster } from "../../../api/ray/types.ts";
import { subsetPatch } from "../../../machinery/patch/merge.ts";
import { checkedPlan } from "../../../testing/checked-plan.ts";
import { planIngress } from "./ingress.ts";
import { headTemplate, makeCluster, spec } from "../model.test-support.ts";

const clusterWith = (ingressOptions: HeadGroupSpec["ingressOptions"], annotations = {}): RayCluster =>
  makeCluster(
    { headGroupSpec: { template: headTemplate, enableIngress: true, ingressOptions } },
    { metadata: { annotations } },
  );
const tls = [{ hosts: ["ray.example.com"], secretName: "cert" }];
const cluster = clusterWith({ host: "ray.example.com", tls }, { "kubernetes.io/ingress.class": "nginx", team: "a" });
const plan = (of: RayCluster, live?: KubeObject) => checkedPlan(spec, planIngress, of, live);
const made = plan(cluster).apply[0]?.target as KubeObject;

/** What is written to the Ingress that is there. */
function written(of: RayCluster, live: KubeObject = made): unknown {
  const [apply] = plan(of, live).apply;
  return apply && subsetPatch(apply.target, live);
}

it("is made whole, its class from the annotation", () => {
  expect(plan(cluster).apply[0]).toMatchObject({ mode: "create", as: { reason: "Ingress" } });
  const backend = { service: { name: "raycluster-kuberay-head-svc", port: { number: 8265 } } };
  expect(made).toEqual({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      name: "raycluster-kuberay-head-ingress",
      namespace: "default",
      labels: {
        "ray.io/cluster": "raycluster-kuberay",
        "ray.io/identifier": "raycluster-kuberay-head",
        "app.kubernetes.io/name": "kuberay",
        "app.kubernetes.io/created-by": "kuberay-operator",
      },
      annotations: { team: "a" },
      ownerReferences: [expect.objectContaining({ kind: "RayCluster", controller: true })],
    },
    spec: {
      ingressClassName: "nginx",
      rules: [{ host: "ray.example.com", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
      tls,
    },
  });
});

describe("an ingress that is there", () => {
  test.each([
    ["nothing to do", cluster, undefined],
    ["it was switched off: it stays", makeCluster(), undefined],
    [
      "TLS is not asked for any more",
      clusterWith({ host: "ray.example.com" }, { "kubernetes.io/ingress.class": "nginx", team: "a" }),
      { spec: { tls: null } },
    ],
    [
      "the class is the API server's to choose",
      clusterWith({ host: "ray.example.com", tls }, { team: "a" }),
      undefined,
    ],
    [
      "an annotation changed",
      clusterWith({ host: "ray.example.com", tls }, { "kubernetes.io/ingress.class": "nginx", team: "b" }),
      { metadata: { annotations: { team: "b" } } },
    ],
  ])("%s", (_, of, expected) => expect(written(of)).toEqual(expected));

  it("is told of as an update", () => {
    expect(plan(cluster, made).apply[0]).toMatchObject({ mode: "patch", as: { reason: "Ingress" } });
  });

  it("is left alone when it is somebody else's, and that is told", () => {
    const foreign = { ...made, metadata: { ...made.metadata, ownerReferences: [] } };
    expect(plan(cluster, foreign)).toEqual({
      apply: [],
      remove: [],
      events: [
        {
          type: "Warning",
          reason: "FailedToCreateIngress",
          action: "Create",
          message:
            "Ingress default/raycluster-kuberay-head-ingress exists already and is not this RayCluster's: it is left as it is",
        },
      ],
    });
  });
});
