/** Single settings of the user and of the operator, and what they change in pods. */
import { describe, expect, it } from "vitest";
import type { Container, Pod } from "../../../api/core/pod.ts";
import type { HeadGroupSpec } from "../../../api/ray/types.ts";
import { desiredHeadPod, desiredWorkerPod } from "./ray-pod.ts";
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

const fqdn = "raycluster-kuberay-head-svc.default.svc.cluster.local";

describe("init containers", () => {
  const [sample] = makeGroup().template.spec.containers as readonly [Container];
  const own: Partial<Container> = {
    imagePullPolicy: "Always",
    securityContext: { runAsUser: 1 },
    env: [{ name: "X", value: "1" }],
    volumeMounts: [{ name: "v", mountPath: "/v" }],
  };
  const group = makeGroup({
    template: {
      spec: {
        containers: [{ ...sample, ...own }],
        initContainers: [{ name: "mine", env: [{ name: "Y", value: "2" }] }],
      },
    },
  });
  const workerInit = (more = {}) =>
    desiredWorkerPod(
      contextOf(makeCluster({ authOptions: { mode: "token" } }), { options: { ...options, ...more } }),
      group,
      {
        index: 0,
      },
    ).spec.initContainers ?? [];

  it("of a worker end with the one that waits, which has what the user gave its Ray", () => {
    const [mine, wait] = workerInit();
    expect(mine).toEqual({
      name: "mine",
      env: [
        { name: "Y", value: "2" },
        { name: "FQ_RAY_IP", value: fqdn },
        { name: "RAY_IP", value: "raycluster-kuberay-head-svc" },
      ],
    });
    const { env = [], ...rest } = wait ?? {};
    expect(rest).toMatchObject({
      name: "wait-gcs-ready",
      image: "rayproject/ray:2.52.0",
      imagePullPolicy: "Always",
      securityContext: { runAsUser: 1 },
      command: ["/bin/bash", "-c", "--"],
      volumeMounts: own.volumeMounts,
      resources: { limits: { cpu: "200m", memory: "256Mi" }, requests: { cpu: "200m", memory: "256Mi" } },
    });
    expect(env.map(({ name }) => name)).toEqual(["X", "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "FQ_RAY_IP", "RAY_IP"]);
  });

  it("are the user's alone where the operator is told so", () => {
    expect(workerInit({ initContainerInjection: false }).map(({ name }) => name)).toEqual(["mine"]);
  });

  it("of a head know its address, too, and none waits", () => {
    const pod = headPod(withContainer({}, { initContainers: [{ name: "mine" }] }));
    expect(pod.spec.initContainers?.map(({ name, env }) => [name, env?.[0]])).toEqual([
      ["mine", { name: "FQ_RAY_IP", value: fqdn }],
    ]);
  });
});

describe("switches of the operator", () => {
  const pods = (more: object) => {
    const context = contextOf(makeCluster(), { options: { ...options, ...more } });
    return [desiredHeadPod(context), desiredWorkerPod(context, makeGroup(), { index: 0 })] as const;
  };

  it("give the head a name of its own", () => {
    const [{ metadata }] = pods({ deterministicHeadName: true });
    expect([metadata.name, metadata.generateName]).toEqual(["raycluster-kuberay-head", undefined]);
  });

  it("start login shells", () => {
    const [head, worker] = pods({ loginShell: true });
    const shells = [...head.spec.containers, ...worker.spec.containers, ...(worker.spec.initContainers ?? [])];
    expect(shells.map(({ command }) => command?.[1])).toEqual(["-cl", "-cl", "-cl"]);
  });

  it("name the domain of the cluster", () => {
    const [, worker] = pods({ clusterDomain: "corp" });
    expect(ray(worker).args?.[0]).toContain("--address=raycluster-kuberay-head-svc.default.svc.corp:6379");
  });
});

describe("defaults of the operator", () => {
  const podDefaults = {
    env: [
      { name: "X", value: "default" },
      { name: "RAY_PORT", value: "1" },
    ],
    labels: { team: "default", site: "here", "ray.io/cluster": "other" },
    annotations: { note: "default", place: "here" },
    headSidecars: [{ name: "for-heads" }],
    workerSidecars: [{ name: "for-workers" }],
  };
  const metadata = { labels: { team: "own" }, annotations: { note: "own" } };
  const given = withContainer({ env: [{ name: "X", value: "own" }] });
  const cluster = makeCluster({
    enableInTreeAutoscaling: true,
    headGroupSpec: { template: { ...given.template, metadata } },
  });
  const context = contextOf(cluster, { options: { ...options, podDefaults } });
  const head = desiredHeadPod(context);
  const worker = desiredWorkerPod(context, makeGroup(), { index: 0 });

  it("fill in labels and annotations that are missing", () => {
    expect(head.metadata.labels).toMatchObject({ team: "own", site: "here", "ray.io/cluster": "raycluster-kuberay" });
    expect(head.metadata.annotations).toMatchObject({ note: "own", place: "here", "ray.io/ft-enabled": "false" });
    expect(worker.metadata.labels).toMatchObject({ team: "default", site: "here" });
    expect(worker.metadata.annotations).toEqual(podDefaults.annotations);
  });

  it("come into the environment after the user's own, and before the operator's", () => {
    const own = (pod: Pod) => ray(pod).env?.filter(({ name }) => name === "X" || name === "RAY_PORT");
    expect(own(head)).toEqual([{ name: "X", value: "own" }, podDefaults.env[1]]);
    expect(ray(worker).env?.slice(0, 3)).toEqual([...podDefaults.env, { name: "FQ_RAY_IP", value: fqdn }]);
  });

  it("bring the last containers", () => {
    const names = ({ spec }: Pod) => spec.containers.map(({ name }) => name);
    expect([names(head), names(worker)]).toEqual([
      ["ray-head", "autoscaler", "for-heads"],
      ["ray-worker", "for-workers"],
    ]);
  });
});

describe("a head that listens elsewhere", () => {
  const cluster = makeCluster({ headGroupSpec: { template: headTemplate, rayStartParams: { port: "7000" } } });
  const valueOf = (pod: Pod, name: string) => ray(pod).env?.find((env) => env.name === name)?.value;

  it("is where its workers look", () => {
    const worker = desiredWorkerPod(contextOf(cluster), makeGroup(), { index: 0 });
    const head = desiredHeadPod(contextOf(cluster));
    expect([valueOf(head, "RAY_PORT"), valueOf(head, "RAY_ADDRESS")]).toEqual(["7000", "127.0.0.1:7000"]);
    expect([valueOf(worker, "RAY_PORT"), valueOf(worker, "RAY_ADDRESS")]).toEqual(["7000", `${fqdn}:7000`]);
    expect(ray(worker).args?.[0]).toContain(`--address=${fqdn}:7000 `);
    expect(worker.spec.initContainers?.[0]?.args?.[0]).toContain(`ray health-check --address ${fqdn}:7000`);
  });
});

it("a password of Redis among the parameters is in the environment, too, unless it is there", () => {
  const tolerant = { annotations: { "ray.io/ft-enabled": "true" } };
  const rayStartParams = { "redis-password": "secret" };
  const passwords = (head: HeadGroupSpec) =>
    ray(headPod({ ...head, rayStartParams }, {}, tolerant)).env?.filter(({ name }) => name === "REDIS_PASSWORD");
  expect(passwords({ template: headTemplate })).toEqual([{ name: "REDIS_PASSWORD", value: "secret" }]);
  const own = { name: "REDIS_PASSWORD", value: "mine" };
  expect(passwords(withContainer({ env: [own] }))).toEqual([own]);
});

it("logs that the user keeps elsewhere are not mounted twice", () => {
  const volumeMounts = [{ name: "disk", mountPath: "/tmp/ray" }];
  const pod = headPod(withContainer({ volumeMounts }), { enableInTreeAutoscaling: true });
  expect(ray(pod).volumeMounts?.filter(({ mountPath }) => mountPath === "/tmp/ray")).toEqual(volumeMounts);
  expect(pod.spec.containers[1]?.volumeMounts).toEqual([{ name: "ray-logs", mountPath: "/tmp/ray" }]);
});

it("what is said of the cluster is not said of its pods, but for the command's overwriting", () => {
  const annotations = { team: "a", "ray.io/overwrite-container-cmd": "true" };
  const context = contextOf(makeCluster({}, { metadata: { annotations } }));
  expect(desiredWorkerPod(context, makeGroup(), { index: 0 }).metadata.annotations).toEqual({
    "ray.io/overwrite-container-cmd": "true",
  });
  expect(desiredHeadPod(context).metadata.annotations).not.toHaveProperty("team");
});
