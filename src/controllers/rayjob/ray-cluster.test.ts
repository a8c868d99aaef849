/** The RayCluster of an attempt: what it takes from its RayJob, and the submitter beside its head. */
import { describe, expect, it } from "vitest";
import { makeClusterSpec, makeHead, makeJob } from "../../api/ray/samples.test-support.ts";
import type { RayJob, RayJobSpec } from "../../api/ray/types.ts";
import { desiredRayCluster } from "./ray-cluster.ts";
import { clusterName, initializing, options } from "./model.test-support.ts";

function make(spec: Partial<RayJobSpec>, metadata: Partial<RayJob["metadata"]> = {}) {
  const job = makeJob(spec, initializing);
  return desiredRayCluster({ ...job, metadata: { ...job.metadata, ...metadata } }, options);
}

it("has the labels and the annotations of the job, its own origin among them", () => {
  const { metadata, spec } = make(
    {},
    { labels: { team: "a", "ray.io/originated-from-crd": "mine" }, annotations: { note: "b" } },
  );
  expect(metadata).toEqual({
    name: clusterName,
    namespace: "default",
    labels: {
      team: "a",
      "ray.io/originated-from-cr-name": "sample",
      "ray.io/originated-from-crd": "RayJob",
      "ray.io/job-submission-mode": "K8sJobMode",
    },
    annotations: { note: "b" },
    ownerReferences: [expect.objectContaining({ kind: "RayJob", uid: "job-uid", controller: true })],
  });
  expect(spec).toEqual(makeClusterSpec());
});

describe("in SidecarMode", () => {
  const made = (own = {}) =>
    make({
      submissionMode: "SidecarMode",
      rayClusterSpec: makeClusterSpec({ headGroupSpec: makeHead({}, own), authOptions: { mode: "token" } }),
    });

  it("keeps a head that ended from being replaced, and from being restarted", () => {
    const { metadata, spec } = made();
    expect(metadata.labels?.["ray.io/job-submission-mode"]).toBe("SidecarMode");
    expect(metadata.annotations).toEqual({ "ray.io/disable-provisioned-head-restart": "true" });
    expect(spec.headGroupSpec.template.spec.restartPolicy).toBe("Never");
  });

  it("has the submitter last in the head, with the head's image and no address to know beforehand", () => {
    const { containers } = made().spec.headGroupSpec.template.spec;
    const { args, ...submitter } = containers.at(-1) ?? { name: "" };
    expect(containers).toHaveLength(2);
    expect(submitter).toEqual({
      name: "ray-job-submitter",
      image: "rayproject/ray:2.52.0",
      resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m", memory: "200Mi" } },
      command: ["/bin/bash", "-ce", "--"],
      env: [
        { name: "PYTHONUNBUFFERED", value: "1" },
        { name: "RAY_DASHBOARD_ADDRESS", value: "" },
        { name: "RAY_JOB_SUBMISSION_ID", value: "sample-ccccc" },
        { name: "RAY_AUTH_MODE", value: "token" },
        {
          name: "RAY_AUTH_TOKEN",
          valueFrom: { secretKeyRef: { name: clusterName, key: "auth_token" } },
        },
      ],
    });
    expect(args?.[0]).toContain("ray job submit --address http://127.0.0.1:8265 ");
  });

  it("submits to the port that the head calls its dashboard", () => {
    const { containers } = made({ ports: [{ containerPort: 9999, name: "dashboard" }] }).spec.headGroupSpec.template
      .spec;
    expect(containers.at(-1)?.args?.[0]).toContain("http://localhost:9999/api/gcs_healthz");
  });
});
