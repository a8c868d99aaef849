/** The main job: examples/kuberay on real Ray, each actor on its group. */
import { afterAll, describe, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { Windlass } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

interface Shown {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly state: string;
    readonly steps: readonly { readonly name: string; readonly state: string }[];
    readonly rayClusterName: string;
  };
  readonly pods: readonly Pod[];
}

interface Pod {
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly spec: {
    readonly containers: readonly {
      readonly env: readonly { readonly name: string; readonly value?: string }[];
      readonly args: readonly string[];
    }[];
    readonly initContainers?: readonly { readonly name: string }[];
  };
}

describe("windlass run examples/kuberay", () => {
  test("runs on a head, two groups and a submitter, and shows its result", async () => {
    const run = windlass.start("run", "examples/kuberay", "-m", "e2e");
    const live = await eventually(
      async () => {
        if (!run.output().includes("Submitting")) return undefined;
        const shown = await windlass.json<Shown>("get", "latest").catch(() => undefined);
        return shown && shown.pods.length >= 5 ? shown : undefined;
      },
      "all five pods are there",
      400_000,
    );
    const part = (name: string) => live.pods.find((pod) => pod.metadata.labels["ray.io/group"] === name) as Pod;
    const env = (pod: Pod) =>
      Object.fromEntries(pod.spec.containers[0]?.env.map(({ name, value }) => [name, value ?? "(field)"]) ?? []);
    const head = part("headgroup");
    const worker = part("cpu-small");
    expect(env(head)).toMatchObject({ RAY_CLUSTER_NAME: "(field)", RAY_PORT: "6379", RAY_ADDRESS: "127.0.0.1:6379" });
    const address = `${live.status.rayClusterName}-head-svc.default.svc.cluster.local:6379`;
    expect(env(worker)).toMatchObject({ RAY_NODE_TYPE_NAME: "(field)", RAY_PORT: "6379", RAY_ADDRESS: address });
    expect(env(worker)["KUBERAY_GEN_RAY_START_CMD"]).toContain("ray start");
    expect(worker.spec.initContainers?.map(({ name }) => name)).toEqual(["wait-gcs-ready"]);
    const flags = (pod: Pod) => pod.spec.containers[0]?.args.join(" ").match(/--[\w-]+(=('[^']*'|\S+))?/g) ?? [];
    expect(flags(head)).toEqual(
      expect.arrayContaining([
        "--head",
        "--block",
        `--resources='{"head":100000}'`,
        "--include-dashboard=true",
        "--dashboard-host=0.0.0.0",
        "--dashboard-agent-listen-port=52365",
        "--num-cpus=1",
        "--log-color=true",
        "--log-style=pretty",
        "--metrics-export-port=8080",
      ]),
    );
    expect(flags(worker)).toEqual(
      expect.arrayContaining([
        `--address=${address}`,
        "--block",
        `--resources='{"cpu-small":100000}'`,
        "--num-cpus=1",
        "--metrics-export-port=8080",
      ]),
    );
    expect(flags(head).some((flag) => flag.startsWith("--num-gpus"))).toBe(false);

    const { status, output } = await run.ended;
    expect(output).toContain("ParameterServer runs on headgroup");
    expect(output).toContain("DataWorker 0 asked for cpu-small, runs on cpu-small");
    expect(output).toContain("DataWorker 1 asked for cpu-small, runs on cpu-small");
    expect(output).toContain("DataWorker 2 asked for cpu-big, runs on cpu-big");
    expect(output).toMatch(/result: learned \[1\.9\d, -2\.9\d, 0\.5\]/);
    expect(output).toContain("Succeeded");
    expect(status).toBe(0);
  });

  test("says afterwards what happened, and keeps the log", async () => {
    const shown = await windlass.json<Shown>("get", "latest");
    expect(shown.status.state).toBe("Succeeded");
    expect(shown.status.steps.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "Waiting Done",
      "Cloning Done",
      "Building Done",
      "Submitting Done",
      "Running Done",
      "Finished Done",
    ]);
    const submitter = shown.pods.find(
      (pod) => pod.metadata.labels["ray.io/originated-from-crd"] === "RayJob" && !pod.metadata.labels["ray.io/cluster"],
    );
    expect(submitter?.spec.containers[0]?.env.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["RAY_DASHBOARD_ADDRESS", "RAY_JOB_SUBMISSION_ID"]),
    );
    const { output } = await windlass.run("logs", "latest");
    expect(output).toContain("result: learned");
    const rayLogs = await windlass.run("logs", "latest", "--ray");
    expect(rayLogs.stdout).toMatch(/^FILE +SIZE\n/);
    expect(rayLogs.stdout).toMatch(/-head-\w+\/raylet\.out +\d/);
    expect((await windlass.run("logs", "latest", "--ray", "head", "--tail", "1")).output).toContain(
      "RAY_LOG_AMBIGUOUS",
    );
    expect((await windlass.run("logs", "latest", "--ray", "gcs_server.out")).stdout).toContain("gcs_server");
    expect((await windlass.run("list")).output).toMatch(/Succeeded\s+Finished/);
    expect((await windlass.run("events", "latest")).output).toContain("CreatedHeadPod");
  });

  test("frees the cluster's pods when it is over", async () => {
    await eventually(
      async () =>
        (await windlass.json<Shown>("get", "latest")).pods.every((pod) => !pod.metadata.labels["ray.io/cluster"]),
      "the Ray pods are gone",
    );
  });
});

describe("windlass run examples/jobset", () => {
  test("runs every pod of the array, each with its own coordinates", async () => {
    const { status, output } = await windlass.run("run", "examples/jobset");
    expect(output).toContain("type master  job 0 of 1  pod 0  global job 0 of 7");
    expect(status).toBe(0);
    const all = await windlass.run("logs", "latest", "--all");
    const lines = all.output
      .split("\n")
      .map((line) => /type (\S+) {2}job (\d+) of \d+ {2}pod (\d+)/.exec(line)?.slice(1).join("-"));
    const wanted = [
      "master-0-0",
      ...[0, 1, 2, 3, 4].flatMap((job) => [0, 1, 2, 3].map((pod) => `worker-${job}-${pod}`)),
      ...[0, 1, 2, 3].map((pod) => `worker-2-0-${pod}`),
    ];
    expect(new Set(lines.filter(Boolean))).toEqual(new Set(wanted));
  });
});
