/** Whom the probes of a pod ask. */
import { describe, expect, it, test } from "vitest";
import type { Pod } from "../../../api/core/pod.ts";
import type { RayCluster } from "../../../api/ray/types.ts";
import {
  contextOf,
  headPod,
  headTemplate,
  makeCluster,
  makeGroup,
  options,
  ray,
  withContainer,
} from "../model.test-support.ts";
import { gcs, raylet } from "./commands.test-support.ts";
import { desiredHeadPod, desiredWorkerPod } from "./ray-pod.ts";

describe("probes", () => {
  const handlers = (pod: Pod) => {
    const { livenessProbe, readinessProbe } = ray(pod);
    return [livenessProbe, readinessProbe].map((probe) => probe?.httpGet ?? probe?.exec?.command?.[2]);
  };
  const unified = { path: "/api/healthz", port: 52365 };
  const service = { labels: { "ray.io/originated-from-crd": "RayService" } };
  const serving = "wget --tries 1 -T 10 -q -O- http://localhost:8000/-/healthz | grep success";
  const workerOf = (spec: Partial<RayCluster["spec"]>, metadata = {}) =>
    desiredWorkerPod(contextOf(makeCluster(spec, { metadata })), makeGroup(), { index: 0 });
  const own = { exec: { command: ["a", "b", "own"] } };

  test.each([
    ["one address since 2.53", headPod({ template: headTemplate }, { rayVersion: "2.53.0" }), [unified, unified]],
    ["the raylet's alone on old workers", workerOf({}), [raylet, raylet]],
    ["Ray's and Serve's on workers of a RayService", workerOf({}, service), [raylet, `${raylet} && ${serving}`]],
    [
      "Serve's too on newer workers of a RayService",
      workerOf({ rayVersion: "2.53.0" }, service),
      [unified, `${raylet} && ${serving}`],
    ],
    ["the user's own", headPod(withContainer({ livenessProbe: own })), ["own", `${raylet} && ${gcs}`]],
    [
      "on the ports that Ray is told",
      headPod({
        template: headTemplate,
        rayStartParams: { "dashboard-agent-listen-port": "1", "dashboard-port": "2" },
      }),
      Array(2).fill(`${raylet.replace("52365", "1")} && ${gcs.replace("8265", "2")}`),
    ],
  ])("%s", (_, pod, expected) => {
    expect(handlers(pod)).toEqual(expected);
  });

  it("are left out when the operator is told so", () => {
    const context = contextOf(makeCluster(), { options: { ...options, probesInjection: false } });
    expect(ray(desiredHeadPod(context))).not.toHaveProperty("livenessProbe");
  });
});
