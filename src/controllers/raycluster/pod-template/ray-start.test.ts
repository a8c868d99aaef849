/** The `ray start` command, flag by flag. */
import { describe, expect, it, test } from "vitest";
import type { ResourceRequirements } from "../../../api/core/pod.ts";
import type { StringMap } from "../../../api/ray/types.ts";
import { headPort, headStartCommand, workerStartCommand } from "./ray-start.ts";
import { makeCluster, makeGroup } from "../model.test-support.ts";

interface Given {
  readonly container?: ResourceRequirements;
  readonly resources?: StringMap;
  readonly labels?: StringMap;
  readonly rayStartParams?: StringMap;
}

/** The flags of a worker beside those that all have. */
function flags({ container = {}, ...group }: Given): string {
  const template = { spec: { containers: [{ name: "ray", resources: container }] } };
  const command = workerStartCommand(makeGroup({ template, ...group }), "head:6379");
  const usual = /^(--address=head:6379|--block|--dashboard-agent-listen-port=52365|--metrics-export-port=8080)$/;
  return command
    .slice("ray start ".length)
    .trim()
    .split(/\s{2,}/)
    .filter((flag) => !usual.test(flag))
    .join(" ");
}

const rows: readonly (readonly [string, Given, string])[] = [
  ["nothing to add", {}, ""],
  ["CPU limits are rounded up", { container: { limits: { cpu: "1500m" } } }, "--num-cpus=2"],
  ["CPU requests stand in for limits", { container: { requests: { cpu: "500m" } } }, "--num-cpus=1"],
  ["a CPU limit wins over a request", { container: { limits: { cpu: "4" }, requests: { cpu: "1" } } }, "--num-cpus=4"],
  ["a limit of 0 is none", { container: { limits: { cpu: "0" }, requests: { cpu: "2" } } }, "--num-cpus=2"],
  ["memory comes from limits", { container: { limits: { memory: "1.5Gi" } } }, "--memory=1610612736"],
  ["memory never comes from requests", { container: { requests: { memory: "1Gi" } } }, ""],
  [
    "a parameter wins over the container",
    { container: { limits: { cpu: "4", memory: "1Gi" } }, rayStartParams: { "num-cpus": "0", memory: "7" } },
    "--memory=7 --num-cpus=0",
  ],
  ["GPUs of a vendor", { container: { limits: { "nvidia.com/gpu": 2 } } }, "--num-gpus=2"],
  ["slices of a GPU", { container: { limits: { "nvidia.com/mig-1g.5gb": "3" } } }, "--num-gpus=3"],
  ["the first of two GPU resources", { container: { limits: { "b.com/gpu": "1", "a.com/gpu": "4" } } }, "--num-gpus=4"],
  [
    "no GPUs where the user says how many",
    { container: { limits: { "nvidia.com/gpu": "2" } }, rayStartParams: { "num-gpus": "0" } },
    "--num-gpus=0",
  ],
  ["TPUs", { container: { limits: { "google.com/tpu": "4" } } }, `--resources='{"TPU":4}'`],
  [
    "neuron cores, beside the user's own resources",
    {
      container: { limits: { "aws.amazon.com/neuroncore": "2" } },
      rayStartParams: { resources: `'{"Z": 1.5, "A": 2}'` },
    },
    `--resources='{"A":2,"Z":1.5,"neuron_cores":2}'`,
  ],
  [
    "an accelerator that the user counts already",
    { container: { limits: { "google.com/tpu": "4" } }, rayStartParams: { resources: `{"TPU":1}` } },
    `--resources={"TPU":1}`,
  ],
  [
    "resources that are no JSON stay, and hide the GPUs",
    { container: { limits: { "nvidia.com/gpu": "1" } }, rayStartParams: { resources: "x" } },
    "--resources=x",
  ],
  [
    "the group's resources win over all",
    {
      container: { limits: { cpu: "8", memory: "8Gi", "nvidia.com/gpu": "8" } },
      resources: { CPU: "1500m", memory: "1Gi", "nvidia.com/gpu": "1", Custom: "500m", TPU: "4" },
    },
    `--memory=1073741824 --num-cpus=2 --num-gpus=1 --resources='{"Custom":0.5,"TPU":4}'`,
  ],
  ["a quantity that is none is skipped", { resources: { CPU: "many" } }, ""],
  ["labels in their order", { labels: { b: "2", a: "1" } }, "--labels=a=1,b=2"],
  ["true is a bare flag", { rayStartParams: { verbose: "True" } }, "--verbose"],
  ["false is none", { rayStartParams: { verbose: "false" } }, ""],
  ["some take their value always", { rayStartParams: { "include-dashboard": "true" } }, "--include-dashboard=true"],
  ["block cannot be turned off", { rayStartParams: { block: "false" } }, ""],
  [
    "addresses and ports can be changed",
    { rayStartParams: { address: "a:1", "metrics-export-port": "1" } },
    "--address=a:1 --metrics-export-port=1",
  ],
];

describe("of a worker", () => {
  test.each(rows)("%s", (_, given, expected) => expect(flags(given)).toBe(expected));
});

describe("of a head", () => {
  const command = (spec: object, redis = { username: false, password: false }) =>
    headStartCommand(makeCluster(spec).spec, redis);

  it("leaves Redis' credentials to the shell", () => {
    expect(command({}, { username: true, password: true })).toContain(
      " --redis-password=$REDIS_PASSWORD  --redis-username=$REDIS_USERNAME ",
    );
  });

  it("stops the monitor where the autoscaler is", () => {
    expect(command({ enableInTreeAutoscaling: true })).toContain(" --no-monitor ");
  });

  it("names its port only when told one", () => {
    const { spec } = makeCluster();
    const head = { ...spec.headGroupSpec, rayStartParams: { port: "7000" } };
    expect([headPort(spec), headPort({ ...spec, headGroupSpec: head })]).toEqual(["6379", "7000"]);
    expect([command({}).includes("--port"), command({ headGroupSpec: head }).includes(" --port=7000 ")]).toEqual([
      false,
      true,
    ]);
  });
});
