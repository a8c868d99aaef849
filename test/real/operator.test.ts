/** The operator on a real cluster: RayJobs and JobSets in containers, from YAML and from manifests. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobSet } from "../../src/api/jobset/kinds.ts";
import type { JobSet as JobSetObject } from "../../src/api/jobset/types.ts";
import { RayJob } from "../../src/api/ray/kinds.ts";
import type { RayJob as RayJobObject } from "../../src/api/ray/types.ts";
import { Job, Pod } from "../../src/api/core/kinds.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { Windlass } from "../e2e/windlass.ts";
import { installDefinitions, openCluster, type Operator, type RealCluster, startOperator } from "./cluster.ts";
import { jobSet, manifest, rayJob, submitterPodTemplate } from "./objects.ts";

let cluster: RealCluster;
let operator: Operator;
const projects = new Windlass();

beforeAll(async () => {
  cluster = await openCluster();
  const installed = await installDefinitions(cluster);
  expect(installed).toEqual(expect.arrayContaining(["rayjobs.ray.io", "jobsets.jobset.x-k8s.io"]));
  operator = await startOperator();
});
// The operator goes last: it takes the finalizers off what is deleted with the namespace.
afterAll(async () => {
  await cluster?.close();
  if (operator) expect(await operator.stop()).toBe(0);
  await projects.stop();
});

describe("objects as users of the peers write them", () => {
  it("a RayJob runs on a head and a worker, and its cluster goes", async () => {
    const code = "import ray; ray.init(); print('nodes', sum(n['Alive'] for n in ray.nodes()))";
    await cluster.create(RayJob, rayJob("hello", `python -c "${code}"`, { submitterPodTemplate }));
    const ended = await cluster.until<RayJobObject>(RayJob, "hello", ({ status }) => status?.endTime);
    expect(ended.status).toMatchObject({ jobStatus: "SUCCEEDED", jobDeploymentStatus: "Complete" });
    await eventually(
      async () => (await cluster.pods()).every(({ metadata }) => !metadata.labels?.["ray.io/cluster"]),
      "the pods of the cluster are gone",
    );
  });

  it("a JobSet's pods find each other by name", async () => {
    const names = [0, 1].flatMap((job) => [0, 1].map((pod) => `getent hosts pair-w-${job}-${pod}.pair`));
    const script = `for i in $(seq 60); do ${names.join(" && ")} && exit 0; sleep 1; done; exit 1`;
    await cluster.create(JobSet, jobSet("pair", script));
    const ended = await cluster.until<JobSetObject>(JobSet, "pair", ({ status }) => status?.terminalState);
    expect(ended.status).toMatchObject({ terminalState: "Completed", restarts: 0 });
  });

  it("an operator that dies and comes back goes on where it was, and makes nothing twice", async () => {
    await cluster.create(JobSet, jobSet("survivor", "sleep 25"));
    await eventually(async () => (await jobsOf("survivor")).length === 2, "both Jobs are there");
    const before = new Set((await jobsOf("survivor")).map(({ metadata }) => metadata.uid));
    await operator.kill();
    operator = await startOperator();
    await cluster.until<JobSetObject>(JobSet, "survivor", ({ status }) => status?.terminalState === "Completed");
    expect(new Set((await jobsOf("survivor")).map(({ metadata }) => metadata.uid))).toEqual(before);
  });

  it("a deleted pod of a JobSet that may not retry fails it, and says so", async () => {
    await cluster.create(JobSet, jobSet("fragile", "sleep 300"));
    const pods = await eventually(async () => {
      const running = (await cluster.pods()).filter(
        ({ metadata, status }) =>
          metadata.labels?.["jobset.sigs.k8s.io/jobset-name"] === "fragile" && status?.phase === "Running",
      );
      return running.length === 4 && running;
    }, "four pods run");
    const { namespace } = cluster;
    await cluster.client.delete(
      { kind: Pod, namespace, name: pods[0]?.metadata.name ?? "" },
      { gracePeriodSeconds: 0 },
    );
    const ended = await cluster.until<JobSetObject>(JobSet, "fragile", ({ status }) => status?.terminalState);
    expect(ended.status?.terminalState).toBe("Failed");
    expect(ended.status?.conditions).toContainEqual(expect.objectContaining({ type: "Failed", reason: "FailedJobs" }));
  });
});

async function jobsOf(name: string) {
  const labelSelector = `jobset.sigs.k8s.io/jobset-name=${name}`;
  return (await cluster.client.list(Job, { namespace: cluster.namespace, labelSelector })).items;
}

describe("manifests, by windlass run", () => {
  it("a Ray experiment prints what it printed, and succeeds", async () => {
    const types =
      "    Head: { resources: { cpus: 0.2, memory: 1 } }\n    Workers:\n      - { name: small, count: 1, resources: { cpus: 0.2, memory: 0.6 } }\n";
    const command = `python3 -c "import ray; ray.init(); print('nodes', len(ray.nodes()))"`;
    const { status, output } = await cluster.windlass("run", projects.project(manifest("kuberay", command, types)));
    expect(output).toContain("nodes 2\n");
    expect(output).toMatch(/✓ Succeeded/);
    expect(status).toBe(0);
  });

  it("an array of pods fails with the exit code of one of them", async () => {
    const types = "    worker: { count: 1, completions: 2, parallelisms: 2, resources: { cpus: 0.1, ramRatio: 2 } }\n";
    const command = 'echo pod $JOB_COMPLETION_INDEX; test "$JOB_COMPLETION_INDEX" = 0 || exit 3';
    const { status, output } = await cluster.windlass("run", projects.project(manifest("jobset", command, types)));
    expect(status).toBe(1);
    expect(output).toMatch(/container main of pod \S+-worker-0-1-\S+ terminated with exit code 3/);
  });

  it("ranks in containers wait for each other, and meet at the master's address", async () => {
    const types = "    worker: { count: 2, resources: { cpus: 0.1, ramRatio: 2 } }\n";
    const code = [
      "import os, socket, time",
      "rank, at = os.environ['RANK'], (os.environ['MASTER_ADDR'], int(os.environ['MASTER_PORT']))",
      "s = socket.create_server(('', at[1])) if rank == '0' else None",
      "time.sleep(0 if s else 3)",
      "print('met', s.accept()[0].recv(9) if s else socket.create_connection(at).sendall(b'rank 1'))",
    ].join("; ");
    const command = `python3 -c "${code}"`;
    const { status, output } = await cluster.windlass("run", projects.project(manifest("pytorch", command, types)));
    expect(status, output).toBe(0);
    expect((await cluster.windlass("logs", "latest", "--all")).output).toContain("met b'rank 1'");
  });

  it("list, get, events and logs show it from the cluster", async () => {
    const listed = await cluster.windlass("list", "-o", "json");
    const experiments = (JSON.parse(listed.stdout) as { items?: readonly unknown[] } | readonly unknown[]) ?? [];
    expect(JSON.stringify(experiments)).toContain("Succeeded");
    expect(JSON.stringify(experiments)).toContain("Failed");
    const got = await cluster.windlass("get", "latest");
    expect(got.output).toContain("Succeeded");
    expect((await cluster.windlass("events", "latest")).output).toContain("ExperimentSucceeded");
  });
});
