/** Faults of a real Ray cluster: the head's process killed, a worker's, and an environment without Ray. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.ts";
import { processesWith, rayManifest, Windlass, type Started } from "./windlass.ts";

const windlass = new Windlass();
afterAll(() => windlass.stop());

interface Shown {
  readonly status: { readonly state: string; readonly reason: string; readonly message: string };
  readonly pods: readonly {
    readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
    readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number }[] };
  }[];
}

const manifest = rayManifest("faults");

/** An actor on the worker that may be started again anywhere; the program ends when it has been on two nodes. */
const program = `import time
import ray

ray.init()

@ray.remote(num_cpus=0.1, resources={"cpu": 1}, max_restarts=-1, max_task_retries=-1)
class Wanderer:
    def where(self):
        return ray.get_runtime_context().get_node_id()

wanderer = Wanderer.remote()
seen = []
while len(seen) < 2:
    node = ray.get(wanderer.where.remote())
    if node not in seen:
        seen.append(node)
        print("the actor is on node", len(seen), flush=True)
    time.sleep(0.2)
print("it has been on", len(seen), "nodes")
`;
const project = windlass.project(manifest, { "requirements.txt": "ray[default]==2.60.0\n", "main.py": program });

async function startedRun(): Promise<Started> {
  const run = windlass.start("run", project);
  await eventually(() => run.output().includes("the actor is on node 1"), "the actor runs", 400_000);
  return run;
}

/** Kills the one process of that program in the pods of the newest experiment whose part is `part`. */
async function killProcess(name: string, part: "head" | "worker"): Promise<string> {
  const { pods } = await windlass.json<Shown>("get", "latest");
  const pod = pods.find(({ metadata }) => metadata.labels["ray.io/node-type"] === part)?.metadata.name ?? "";
  expect(pod).not.toBe("");
  const victims = processesWith(`HOSTNAME=${pod}`).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0]?.endsWith(`/${name}`),
  );
  expect(victims).toHaveLength(1);
  for (const pid of victims) process.kill(pid, "SIGKILL");
  return pod;
}

const restartsOf = async (name: string) =>
  (await windlass.json<Shown>("get", "latest")).pods.find(({ metadata }) => metadata.name === name)?.status
    .containerStatuses?.[0]?.restartCount;

describe("a Ray process is killed while the command runs", () => {
  test("a worker's: it is started again, and a command that tolerates it goes on to its end", async () => {
    const run = await startedRun();
    const pod = await killProcess("raylet", "worker");
    await eventually(async () => (await restartsOf(pod)) === 1, "the worker's container is started again");
    const { status, output } = await run.ended;
    expect(output).toContain("the actor is on node 2");
    expect(output).toContain("it has been on 2 nodes");
    expect(output).toContain("Succeeded");
    expect(status).toBe(0);
  });

  test("the head's: the head is started again, and the experiment whose job it kept has failed for that reason", async () => {
    const run = await startedRun();
    const pod = await killProcess("gcs_server", "head");
    await eventually(async () => (await restartsOf(pod)) !== 0, "the head's container is started again");
    const { status, output } = await run.ended;
    expect(output).toMatch(/Failed after \d+ s: RayJobLost: .*the Ray head/);
    expect(output).not.toContain("Traceback");
    expect(status).toBe(1);
    const shown = await windlass.json<Shown>("get", "latest");
    expect(shown.status).toMatchObject({ state: "Failed", reason: "RayJobLost" });
    await eventually(
      async () =>
        (await windlass.json<Shown>("get", "latest")).pods.every(
          ({ metadata }) => metadata.labels["ray.io/cluster"] === undefined,
        ),
      "the cluster's pods are gone",
    );
  });
});

test("a head that ends the same way again and again ends the run with its last lines, long before any time-out", async () => {
  const broken = manifest.replace("Head: {", 'Head: { rayStartParams: { no-such-flag: "x" },');
  const folder = windlass.project(broken, { "requirements.txt": "ray[default]==2.60.0\n", "main.py": "print(1)\n" });
  const ran = await windlass.run("run", folder);
  expect(ran.status, ran.output).toBe(1);
  expect(ran.stdout).toMatch(
    /Failed after \d+ s: CrashLoop: container ray-head of pod \S+ terminated with exit code 2, 3 times/,
  );
  expect(ran.stdout).toContain("No such option '--no-such-flag'");
  const { stdout } = await windlass.run("why", "latest");
  expect(stdout).toMatch(/^CrashLoop: experiment /);
  expect(stdout).toContain("No such option '--no-such-flag'");
}, 600_000);

test("tasks that no Ray node can ever take are told by why, with what they ask for and what there is", async () => {
  const greedy = "import ray\n\n@ray.remote(num_cpus=64)\ndef work():\n    return 1\n\nprint(ray.get(work.remote()))\n";
  const folder = windlass.project(manifest, { "requirements.txt": "ray[default]==2.60.0\n", "main.py": greedy });
  const started = await windlass.run("run", folder, "--detach");
  expect(started.status, started.output).toBe(0);
  const name = started.stdout.trim();
  let said = "";
  const isTold = async () =>
    (said = (await windlass.run("why", name)).stdout).startsWith("WaitingForResources: raycluster ");
  await eventually(isTold, "why names the demand", 400_000);
  expect(said).toMatch(/1 or more tasks or actors wait forever: each requests 64 CPU; the largest Ray node has 1 CPU/);
  expect((await windlass.run("cancel", name)).status).toBe(0);
}, 600_000);
