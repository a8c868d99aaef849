import { expect, it } from "vitest";
import { conditions } from "../../api/ray/labels.ts";
import { ObjectStore } from "../../kube/store.ts";
import { rootSamples } from "../../testing/root-samples.ts";
import { metrics } from "./metrics.ts";
import { makeCluster } from "./model.test-support.ts";

it("RayClusters are told as they are now, with the time until their pods ran", async () => {
  const store = new ObjectStore();
  const samples = rootSamples(metrics, store);
  const metadata = { creationTimestamp: "2026-01-01T00:00:00Z", labels: { "ray.io/originated-from-crd": "RayJob" } };
  store.upsert(makeCluster({}, { metadata: { ...metadata, resourceVersion: "1" } }));
  const identity = 'name="raycluster-kuberay",namespace="default",uid="u1"';
  expect(await samples()).toEqual([
    `kuberay_cluster_info{${identity},owner_kind="RayJob"} 1`,
    `kuberay_cluster_condition_provisioned{${identity},condition="false"} 1`,
  ]);
  const provisioned = {
    type: conditions.provisioned,
    status: "True",
    reason: "AllPodRunningAndReadyFirstTime",
  } as const;
  const status = { conditions: [{ ...provisioned, message: "", lastTransitionTime: "2026-01-01T00:00:07Z" }] };
  store.upsert(makeCluster({}, { metadata: { ...metadata, labels: {}, resourceVersion: "2" }, status }));
  expect(await samples()).toEqual([
    `kuberay_cluster_info{${identity},owner_kind="None"} 1`,
    `kuberay_cluster_condition_provisioned{${identity},condition="true"} 1`,
    `kuberay_cluster_provisioned_duration_seconds{${identity}} 7`,
  ]);
});
